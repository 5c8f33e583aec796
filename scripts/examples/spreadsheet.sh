#!/usr/bin/env bash
# Makes a spreadsheet of a results file, in LibreOffice: scripts/examples/spreadsheet.sh results/h200/layer.csv FOLDER [xlsx|ods|fods].
set -euo pipefail

# Fields by commas (44), text in double quotes (34), UTF-8 (76), from line 1; what is not a plain number stays text.
office=$(command -v soffice || command -v libreoffice) || {
    echo "error: LibreOffice is not found (no soffice on the path)" >&2
    exit 1
}
"$office" --headless --infilter="CSV:44,34,76,1,,1033,false,false" --convert-to "${3:-xlsx}" --outdir "$2" "$1"
