//! Reading a results file: every whole record, and where a torn last line begins.

use std::path::Path;
use std::{fs, io};

use super::ceilings::CeilingRow;
use super::columns::{Column, ColumnOrder, Record, Row, SAMPLE_COLUMNS, Sample};
use super::error::ResultsError;
use super::kernels::{KERNEL_COLUMNS, KernelFact};
use super::proofs::{COMPARISON_COLUMNS, ProofRow};
use super::shares::{SHARE_COLUMNS, ShareRow};

/// Files that lie beside rows, and what they hold.
const BESIDE_ROWS: [(&[Column], &str); 4] = [
    (SAMPLE_COLUMNS, "raw samples"),
    (KERNEL_COLUMNS, "facts of kernels"),
    (SHARE_COLUMNS, "shares of factors, which are reported with the file beside it"),
    (COMPARISON_COLUMNS, "comparisons of equals, whose share of false alarms proof.csv has"),
];

/// What [`read_rows`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadRows {
    /// Every whole row, in the order of the file.
    pub rows: Vec<Row>,
    /// What was passed over, as sentences.
    pub warnings: Vec<String>,
}

/// What a saved file holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Saved {
    /// Rows of experiments.
    Rows(ReadRows),
    /// Figures of proofs, `proof.csv`.
    Proofs(Vec<ProofRow>),
    /// Ceilings of devices, `ceilings/<device>.csv`.
    Ceilings(Vec<CeilingRow>),
}

/// Reads a file of rows, proofs or ceilings, whichever its header says; a torn last line is passed over.
///
/// # Errors
/// As [`read_rows`].
pub fn read_saved(path: &Path) -> Result<Saved, ResultsError> {
    let bytes = fs::read(path).map_err(|cause| ResultsError::NotReadable { path: path.to_owned(), cause })?;
    let scan = Scan::of(path, &bytes)?;
    let header = csv::StringRecord::from(scan.header.clone());
    let is_of = |order: Result<ColumnOrder, _>| order.is_ok() && !header.is_empty();
    if is_of(ColumnOrder::of::<ProofRow>(&header)) {
        Ok(Saved::Proofs(scan.records(path)?))
    } else if is_of(ColumnOrder::of::<CeilingRow>(&header)) {
        Ok(Saved::Ceilings(scan.records(path)?))
    } else {
        read_rows(path).map(Saved::Rows)
    }
}

/// Reads the rows of a results file, or of several that were concatenated.
///
/// Columns may stand in any order, with others among them. A torn last line, and a file that
/// lies beside rows, are passed over with a warning.
///
/// # Errors
/// [`ResultsError::NotReadable`], [`ResultsError::Header`] where a column is missing,
/// [`ResultsError::Malformed`] naming line and column.
pub fn read_rows(path: &Path) -> Result<ReadRows, ResultsError> {
    let bytes = fs::read(path).map_err(|cause| ResultsError::NotReadable { path: path.to_owned(), cause })?;
    let scan = Scan::of(path, &bytes)?;
    let header = csv::StringRecord::from(scan.header.clone());
    let kind = BESIDE_ROWS.iter().find(|(columns, _)| scan.header == names(columns));
    if let (Err(_), Some((_, holds))) = (ColumnOrder::of::<Row>(&header), kind) {
        let warning = format!("{} holds {holds}, not rows: passed over", path.display());
        return Ok(ReadRows { rows: Vec::new(), warnings: vec![warning] });
    }
    let rows = scan.records(path)?;
    let warnings = scan.torn.map(|torn| format!("{}: {torn}: passed over", path.display()));
    Ok(ReadRows { rows, warnings: warnings.into_iter().collect() })
}

/// Reads a file of raw samples; a torn last line is passed over.
///
/// # Errors
/// As [`read_rows`].
pub fn read_samples(path: &Path) -> Result<Vec<Sample>, ResultsError> {
    let bytes = fs::read(path).map_err(|cause| ResultsError::NotReadable { path: path.to_owned(), cause })?;
    Scan::of(path, &bytes)?.records(path)
}

/// What lies beside a results file and explains its times.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Beside {
    /// The shares of attributions, of `a.shares.csv` beside `a.csv`.
    pub shares: Vec<ShareRow>,
    /// What the driver told of the kernels, of `a.kernels.csv`.
    pub kernels: Vec<KernelFact>,
}

impl Beside {
    /// Reads what lies beside a results file; nothing where a file is missing. A torn last line is passed over.
    ///
    /// # Errors
    /// As [`read_rows`].
    pub fn read(path: &Path) -> Result<Self, ResultsError> {
        Ok(Self { shares: read_beside(path, "shares.csv")?, kernels: read_beside(path, "kernels.csv")? })
    }

    /// Adds what lies beside another file.
    pub fn extend(&mut self, other: Self) {
        self.shares.extend(other.shares);
        self.kernels.extend(other.kernels);
    }
}

/// Reads the raw samples that lie beside a results file, `a.samples.csv` beside `a.csv`; none where there is no such
/// file. A torn last line is passed over.
///
/// # Errors
/// As [`read_rows`].
pub fn read_samples_beside(path: &Path) -> Result<Vec<Sample>, ResultsError> {
    read_beside(path, "samples.csv")
}

fn read_beside<R: Record>(path: &Path, extension: &str) -> Result<Vec<R>, ResultsError> {
    let path = path.with_extension(extension);
    match fs::read(&path) {
        Ok(bytes) => Scan::of(&path, &bytes)?.records(&path),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(cause) => Err(ResultsError::NotReadable { path, cause }),
    }
}

/// The names of columns, as a header has them.
pub(super) fn names(columns: &[Column]) -> Vec<String> {
    columns.iter().map(|column| column.name.to_owned()).collect()
}

/// A file's whole lines, not yet typed.
pub(super) struct Scan {
    /// The header's names; empty in an empty file.
    pub header: Vec<String>,
    /// The records after it, repeated headers left out.
    lines: Vec<csv::ByteRecord>,
    /// How many bytes hold the header and whole records.
    pub whole: u64,
    /// What is after them, in words.
    pub torn: Option<String>,
}

impl Scan {
    /// Cuts a file into lines.
    ///
    /// The writer puts each record on one line that it ends with a line feed, so a last line without one, or
    /// with too few fields, is what a kill or a full disk left of a write.
    pub fn of(path: &Path, bytes: &[u8]) -> Result<Self, ResultsError> {
        let malformed =
            |line, problem| ResultsError::Malformed { path: path.to_owned(), line, column: None, problem };
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        let mut scan = Self { header: Vec::new(), lines: Vec::new(), whole: 0, torn: None };
        let mut header = None;
        let mut record = csv::ByteRecord::new();
        loop {
            let start = reader.position().byte();
            match reader.read_byte_record(&mut record) {
                Ok(true) => {}
                Ok(false) => return Ok(scan),
                Err(error) => return Err(malformed(reader.position().line(), error.to_string())),
            }
            let line = record.position().map_or(0, csv::Position::line);
            let end = line_end(bytes, reader.position().byte());
            let text = slice(bytes, start, end);
            let is_last = reader.is_done() || slice(bytes, end, bytes.len() as u64).trim_ascii().is_empty();
            let fields = header.as_ref().map_or(record.len(), csv::ByteRecord::len);
            let is_short = record.len() < fields;
            let is_one_line = !text.trim_ascii().contains(&b'\n');
            if is_last && is_one_line && (!bytes.ends_with(b"\n") || is_short) {
                scan.torn = Some(format!("line {line} is torn ({} bytes)", bytes.len() as u64 - start));
                return Ok(scan);
            }
            match &header {
                None => {
                    let names = csv::StringRecord::from_byte_record(record.clone())
                        .map_err(|error| malformed(line, format!("the header is not text: {error}")))?;
                    scan.header = names.iter().map(str::to_owned).collect();
                    header = Some(record.clone());
                }
                Some(header) if *header == record => {}
                Some(_) if record.len() != fields => {
                    return Err(malformed(
                        line,
                        format!("it has {} fields, its header {fields}", record.len()),
                    ));
                }
                Some(_) => scan.lines.push(record.clone()),
            }
            scan.whole = end;
        }
    }

    /// The records, typed.
    ///
    /// # Errors
    /// [`ResultsError::Header`] where a column is missing, [`ResultsError::Malformed`] for a bad cell.
    pub fn records<R: Record>(&self, path: &Path) -> Result<Vec<R>, ResultsError> {
        if self.header.is_empty() {
            return Ok(Vec::new());
        }
        let order =
            ColumnOrder::of::<R>(&self.header.clone().into()).map_err(|missing| ResultsError::Header {
                path: path.to_owned(),
                difference: format!("it lacks the columns {}", missing.join(", ")),
                advice: "It must be a results file that this version of `winoscope run` wrote",
            })?;
        self.lines.iter().map(|fields| typed(path, &order, fields)).collect()
    }
}

fn typed<R: Record>(path: &Path, order: &ColumnOrder, fields: &csv::ByteRecord) -> Result<R, ResultsError> {
    let line = fields.position().map_or(0, csv::Position::line);
    let malformed =
        |column, problem| ResultsError::Malformed { path: path.to_owned(), line, column, problem };
    let fields = csv::StringRecord::from_byte_record(fields.clone())
        .map_err(|error| malformed(None, format!("it is not UTF-8: {error}")))?;
    R::from_record(order, &fields).map_err(|error| malformed(Some(error.column), error.to_string()))
}

/// The reader stops between the two bytes of a CR LF.
fn line_end(bytes: &[u8], end: u64) -> u64 {
    let is_split = end > 0 && slice(bytes, end - 1, end + 1) == b"\r\n";
    end + u64::from(is_split)
}

fn slice(bytes: &[u8], start: u64, end: u64) -> &[u8] {
    let place = |offset| usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
    bytes.get(place(start)..place(end)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use tempfile::TempDir;

    use super::super::columns::COLUMNS;
    use super::super::synthetic::{row, share};
    use super::*;

    fn file(text: &str) -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        fs::write(&path, text).unwrap();
        (folder, path)
    }

    fn header() -> String {
        names(COLUMNS).join(",")
    }

    fn line() -> String {
        row().to_record().join(",")
    }

    fn message(path: &Path, error: &ResultsError) -> String {
        error.to_string().replace(path.to_str().unwrap(), "a.csv")
    }

    #[test]
    fn concatenated_files_are_read() {
        let (header, line) = (header(), line());
        let (_folder, path) = file(&format!("{header}\n{line}\n{header}\r\n{line}\r\n\n"));
        assert_eq!(read_rows(&path).unwrap(), ReadRows { rows: vec![row(), row()], warnings: vec![] });
    }

    #[test]
    fn a_torn_last_line_is_passed_over() {
        let text = format!("{}\n{}\n{}", header(), line(), line());
        let (_folder, path) = file(&text[..text.len() - 1]);
        let read = read_rows(&path).unwrap();
        assert_eq!(read.rows, [row()]);
        assert!(read.warnings[0].contains("line 3 is torn"), "{:?}", read.warnings);
    }

    #[test]
    fn a_line_torn_inside_quotes_is_passed_over() {
        let (_folder, path) = file(&format!("{}\n{}\na,\"b", header(), line()));
        assert_eq!(read_rows(&path).unwrap().rows, [row()]);
    }

    #[test]
    fn a_bad_cell_names_file_line_and_column() {
        let bad = line().replace(",isolated,", ",alone,");
        let (_folder, path) = file(&format!("{}\n{}\n{bad}\n", header(), line()));
        assert_eq!(
            message(&path, &read_rows(&path).unwrap_err()),
            "a.csv line 3, column `mode`: expected one of `isolated` `pipelined` `host_lazy`, found `alone`"
        );
    }

    #[test]
    fn a_short_line_that_is_not_the_last_is_an_error() {
        let (_folder, path) = file(&format!("{}\na,b\n{}\n", header(), line()));
        assert_eq!(
            message(&path, &read_rows(&path).unwrap_err()),
            format!("a.csv line 2: it has 2 fields, its header {}", COLUMNS.len())
        );
    }

    #[test]
    fn an_open_quote_among_whole_lines_loses_nothing() {
        let (_folder, path) = file(&format!("{}\n\"{}\n{}\n", header(), line(), line()));
        assert!(matches!(read_rows(&path), Err(ResultsError::Malformed { line: 2, .. })));
    }

    #[test]
    fn bytes_that_are_not_text_are_an_error() {
        let (_folder, path) = file("");
        let mut bytes = format!("{}\n{}\n", header(), line()).into_bytes();
        let place = header().len() + 1;
        bytes[place] = 0xff;
        fs::write(&path, bytes).unwrap();
        assert!(matches!(read_rows(&path), Err(ResultsError::Malformed { line: 2, .. })));
    }

    #[test]
    fn samples_are_passed_over_and_other_files_refused() {
        let (_folder, path) = file(&format!("{}\n", names(SAMPLE_COLUMNS).join(",")));
        assert!(read_rows(&path).unwrap().warnings[0].contains("raw samples"));
        let (_folder, path) = file(&format!("{}\n", names(KERNEL_COLUMNS).join(",")));
        assert!(read_rows(&path).unwrap().warnings[0].contains("facts of kernels"));
        let (_folder, path) = file("a,b\n1,2\n");
        let text = message(&path, &read_rows(&path).unwrap_err());
        assert!(text.starts_with("a.csv: it lacks the columns config, experiment,"), "{text}");
        assert!(matches!(read_rows(Path::new("/nowhere/a.csv")), Err(ResultsError::NotReadable { .. })));
    }

    #[test]
    fn shares_beside_a_results_file_are_found() {
        let (folder, path) = file("");
        assert_eq!(Beside::read(&path).unwrap(), Beside::default());
        let share = share("schedule.grid", 2.0);
        let text = format!("{}\n{}\n", names(ShareRow::COLUMNS).join(","), share.to_record().join(","));
        fs::write(folder.path().join("a.shares.csv"), text).unwrap();
        assert_eq!(Beside::read(&path).unwrap(), Beside { shares: vec![share], kernels: vec![] });
    }

    #[test]
    fn an_empty_file_has_no_rows() {
        let (_folder, path) = file("");
        assert_eq!(read_rows(&path).unwrap(), ReadRows { rows: vec![], warnings: vec![] });
    }
}
