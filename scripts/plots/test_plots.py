"""What the figures hold is what the CSV says: python3 -m unittest discover -s scripts/plots -t scripts"""

import contextlib
import csv
import glob
import io
import math
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import warnings
from xml.etree import ElementTree

from matplotlib import pyplot

from plots import accuracy, distributions, peers, phases, placements, roofline, shares, style, tables
from plots.failures import BAD_RESULTS, Absent, Failure
from plots.kinds import KINDS
from plots.lean import DECIMALS, lean
from plots.style import Plot

ROOT = pathlib.Path(__file__).resolve().parents[2]
H200 = ROOT / "results/h200"
LAVAPIPE = ROOT / "results/lavapipe"
PROGRAM = ROOT / "scripts/plot.py"


def lines(path: pathlib.Path) -> list[dict[str, str]]:
    """A committed file as the csv module reads it, past everything under test."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def only(plots) -> Plot:
    (plot,) = plots
    return plot


def texts(svg: str) -> list[str]:
    """Everything that is written in an SVG, sorted."""
    root = ElementTree.fromstring(svg)
    return sorted("".join(element.itertext()) for element in root.iter("{http://www.w3.org/2000/svg}text"))


def bars(axes) -> dict[str, list]:
    """The rectangles of a panel by the label of their series."""
    return {container.get_label(): list(container) for container in axes.containers if hasattr(container, "patches")}


class Drawn(unittest.TestCase):
    """A test that draws; figures are closed after it."""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.addCleanup(pyplot.close, "all")

    def file(self, name: str, rows: list[dict[str, object]]) -> pathlib.Path:
        path = self.folder / name
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return path

    def assert_close(self, found, expected, places=9):
        self.assertEqual(len(found), len(expected))
        for one, other in zip(sorted(found), sorted(expected), strict=True):
            self.assertTrue(math.isclose(one, other, rel_tol=10.0**-places), f"{one} is not {other}")


class Reading(Drawn):
    def test_columns_decide_which_table_a_file_holds(self):
        read = tables.read(
            [H200 / "investigation.csv", H200 / "investigation.shares.csv", LAVAPIPE / "small.samples.csv"]
        )
        found = [len(table) for table in (read.rows, read.shares, read.samples)]
        committed = [H200 / "investigation.csv", H200 / "investigation.shares.csv", LAVAPIPE / "small.samples.csv"]
        self.assertEqual(found, [len(lines(path)) for path in committed])
        self.assertEqual(set(read.ceilings["device"]), {"NVIDIA H200"}, "found beside the rows")
        read = tables.read([H200 / "layer.kernels.csv"])
        self.assertTrue(read.rows.empty)
        self.assertIn("none of the tables that are plotted", read.warnings[0])

    def test_a_torn_last_line_is_passed_over_and_other_faults_are_told(self):
        text = (H200 / "layer.csv").read_text(encoding="utf-8")
        path = self.folder / "a.csv"
        path.write_text(text + "layer,winograd", encoding="utf-8")
        read = tables.read([path])
        self.assertEqual(len(read.rows), len(lines(H200 / "layer.csv")))
        self.assertIn("line 9 is torn", read.warnings[0])
        path.write_text(text.replace("\n", "\na,b\n", 1), encoding="utf-8")
        with self.assertRaisesRegex(Failure, "line 2: it has 2 fields") as caught:
            tables.read([path])
        self.assertEqual(caught.exception.code, BAD_RESULTS)
        path.write_text(text.replace(",16,256,256,", ",many,256,256,", 1), encoding="utf-8")
        with self.assertRaisesRegex(Failure, "column `batch`: a cell is no number.*many"):
            tables.read([path])

    def test_of_several_runs_the_latest_counts_and_headers_repeat(self):
        rows = lines(H200 / "layer.csv")
        earlier = [row | {"timestamp_utc": "2020-01-01T00:00:00.000Z", "median_ns": "1"} for row in rows]
        one, other = self.file("one.csv", rows), self.file("other.csv", earlier)
        path = self.folder / "both.csv"
        path.write_text(one.read_text("utf-8") + other.read_text("utf-8"), encoding="utf-8")
        self.assert_close(tables.read([path]).rows["median_ns"], [float(row["median_ns"]) for row in rows])


class Phases(Drawn):
    def test_bars_are_the_medians_of_the_csv(self):
        rows = [row for row in lines(H200 / "investigation.csv") if row["mode"] == "isolated"]
        figure = only(phases.plots(tables.read([H200 / "investigation.csv"]))).figure
        for panel in figure.axes:
            drawn = bars(panel)
            for phase in {row["phase"] for row in rows}:
                medians = [float(row["median_ns"]) for row in rows if row["phase"] == phase]
                self.assert_close([bar.get_width() for bar in drawn[phase]], medians)

    def test_stacks_and_totals_stand_on_the_line_of_their_experiment(self):
        rows = lines(H200 / "layer.csv")
        axes = only(phases.plots(tables.read([H200 / "layer.csv"]))).figure.axes[0]
        places = {
            label.get_text(): place for place, label in zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)
        }
        self.assertEqual(set(places), {"direct", "winograd"})
        ends = {}
        for own in bars(axes).values():
            for bar in own:
                place = bar.get_y() + bar.get_height() / 2
                self.assertAlmostEqual(bar.get_x(), ends.get(place, 0.0))
                ends[place] = bar.get_x() + bar.get_width()
        isolated = [row for row in rows if row["mode"] == "isolated"]
        for name, place in places.items():
            whole = sum(float(row["median_ns"]) for row in isolated if row["variant"] == name)
            self.assertAlmostEqual(ends[place], whole, places=3)
        totals = next(line for line in axes.lines if line.get_marker() == "D")
        self.assert_close(totals.get_xdata(), [float(row["median_ns"]) for row in rows if row["phase"] == "total"])

    def test_intervals_are_drawn(self):
        figure = only(phases.plots(tables.read([LAVAPIPE / "small.csv"]))).figure
        # The last error bars are the totals'.
        segments = figure.axes[0].collections[-1].get_segments()
        totals = [row for row in lines(LAVAPIPE / "small.csv") if row["phase"] == "total"]
        self.assert_close([low for (low, _), _ in segments], [float(row["ci_low_ns"]) for row in totals])
        self.assert_close([high for _, (high, _) in segments], [float(row["ci_high_ns"]) for row in totals])

    def test_what_has_no_time_is_said_and_has_no_bar(self):
        rows = lines(H200 / "layer.csv")
        for row in rows:
            # The phase keeps its time, and yet nothing of a wrong experiment is shown.
            if row["variant"] == "direct" and row["phase"] == "total":
                row |= {"status": "wrong", "median_ns": "", "ci_low_ns": "", "ci_high_ns": ""}
        axes = only(phases.plots(tables.read([self.file("a.csv", rows)]))).figure.axes[0]
        self.assertIn("no time: wrong", [text.get_text() for text in axes.texts])
        self.assertNotIn("direct", bars(axes))

    def test_times_by_the_hosts_clock_are_not_mixed_in(self):
        rows = lines(H200 / "layer.csv")
        lazy = [row | {"experiment": "lazy", "mode": "host_lazy"} for row in rows if row["variant"] == "winograd"]
        axes = only(phases.plots(tables.read([self.file("a.csv", rows + lazy)]))).figure.axes[0]
        self.assertNotIn("lazy", [label.get_text() for label in axes.get_yticklabels()])


class Placements(Drawn):
    def test_cells_are_ratios_to_all_global(self):
        path = H200 / "placements_element.csv"
        rows = [row for row in lines(path) if row["phase"] == "total"]
        times = {tuple(row[name] for name in placements.BUFFERS): float(row["median_ns"]) for row in rows}
        self.assertEqual(len(times), 64)
        figure = only(placements.plots(tables.read([path]))).figure
        for panel, mhat in zip(figure.axes, placements.PLACEMENTS, strict=False):
            self.assertEqual(panel.get_title(), f"MHAT {mhat}")
            cells = panel.collections[0].get_array()
            for y, xhat in enumerate(placements.PLACEMENTS):
                for x, ghat in enumerate(placements.PLACEMENTS):
                    expected = times[xhat, ghat, mhat] / times["global", "global", "global"]
                    self.assertAlmostEqual(cells[y, x], expected)

    def test_what_was_not_measured_has_no_colour(self):
        read = tables.read([H200 / "placements_element_layer.csv"])
        of = {name: read.rows[f"{name}_placement"] for name in ("xhat", "ghat", "mhat")}
        left_out = (of["xhat"] == "inline") & (of["mhat"] == "inline") & of["ghat"].isin(["shared", "register"])
        read.rows = read.rows[~left_out]
        figure = only(placements.plots(read)).figure
        inline = figure.axes[3]
        self.assertEqual([text.get_text() for text in inline.texts].count("–"), 2)
        self.assertEqual(int(inline.collections[0].get_array().mask.sum()), 2)

    def test_different_ways_of_computing_have_maps_of_their_own(self):
        rows = [row for row in lines(H200 / "placements_blocked.csv") if row["phase"] == "total"]
        slower = [row | {"experiment": "b" + row["experiment"], "grid": "channel_first"} for row in rows]
        found = list(placements.plots(tables.read([self.file("a.csv", rows + slower)])))
        self.assertEqual([plot.name for plot in found], ["a.placements.spatial_first", "a.placements.channel_first"])


class Shares(Drawn):
    def test_bars_begin_where_the_last_ended_and_multiply_to_the_whole(self):
        path = H200 / "investigation.shares.csv"
        figure = only(shares.plots(tables.read([path]))).figure
        self.assertEqual(len(figure.axes), 4)
        for panel in figure.axes:
            start, _, end = panel.get_title(loc="left").partition(" → ")
            rows = [row for row in lines(path) if (row["from"], row["to"]) == (start, end)]
            drawn = {name: own for name, (own,) in bars(panel).items()}
            self.assertEqual(set(drawn), {row["factor"] for row in rows})
            reached = 1.0
            for row in rows:
                bar, share = drawn[row["factor"]], float(row["share"])
                begin = 1.0 if row["factor"] == "whole" else reached
                self.assertAlmostEqual(bar.get_x(), begin)
                self.assertAlmostEqual(bar.get_x() + bar.get_width(), begin * share)
                reached = begin * share
            (whole,) = [float(row["share"]) for row in rows if row["factor"] == "whole"]
            self.assertAlmostEqual(reached, whole)

    def test_noise_looks_like_noise(self):
        path = H200 / "investigation.shares.csv"
        panel = only(shares.plots(tables.read([path]))).figure.axes[-1]
        rows = [row for row in lines(path) if row["stop_after"] == "output" and row["factor"] != "whole"]
        hatched = {name for name, (bar,) in bars(panel).items() if bar.get_hatch() == "xxx"}
        self.assertEqual(hatched, {row["factor"] for row in rows if row["is_noise"] == "1"})


class Roofline(Drawn):
    def test_points_are_operations_over_times_and_bytes(self):
        axes = only(roofline.plots(tables.read([H200 / "layer.csv"]))).figure.axes[0]
        points = {
            container.get_label(): (container[0].get_xdata()[0], container[0].get_ydata()[0])
            for container in axes.containers
        }
        rows = [row for row in lines(H200 / "layer.csv") if row["mode"] == "isolated"]
        self.assertEqual(len(points), len(rows))
        for row in rows:
            x, y = points[f"{row['variant']}, {row['phase']}"]
            self.assertAlmostEqual(x, float(row["flops"]) / float(row["bytes"]))
            self.assertAlmostEqual(y / 1e9, float(row["flops"]) / float(row["median_ns"]))

    def test_lines_are_the_devices_ceilings(self):
        axes = only(roofline.plots(tables.read([H200 / "layer.csv"]))).figure.axes[0]
        ceilings = lines(H200 / "ceilings/NVIDIA_H200.csv")
        drawn = {line.get_label(): line for line in axes.lines}
        (fma,) = [float(row["ci_high"]) for row in ceilings if row["ceiling"] == "f32_fma"]
        self.assertEqual(set(drawn["f32_fma"].get_ydata()), {fma})
        largest = max(float(row["bytes"] or 0) for row in ceilings)
        memory = max(float(row["ci_high"]) for row in ceilings if row["bytes"] and float(row["bytes"]) == largest)
        x, y = drawn["device memory"].get_xdata(), drawn["device memory"].get_ydata()
        self.assertAlmostEqual(y[0] / x[0] / memory, 1)
        self.assertAlmostEqual(y[1], fma, places=0)

    def test_without_ceilings_there_is_none(self):
        alone = self.file("a.csv", lines(H200 / "layer.csv"))
        with self.assertRaisesRegex(Absent, "no ceilings of NVIDIA H200; `winoscope ceilings`"):
            list(roofline.plots(tables.read([alone])))


class Peers(Drawn):
    def rows(self) -> list[dict[str, str]]:
        """Ours of the layer, twice as fast as its first peer and half as fast as its second."""
        ours = [row for row in lines(H200 / "layer.csv") if row["phase"] == "total"]
        (best,) = [row for row in ours if row["variant"] == "winograd"]

        def peer(name: str, factor: float) -> dict[str, str]:
            times = {column: str(factor * float(best[column])) for column in ("median_ns", "ci_low_ns", "ci_high_ns")}
            return best | times | {"variant": name, "experiment": name, "git_commit": "", "shader_compiler": "a peer 1"}

        return ours + [peer("cudnn_fp32", 2.0), peer("another", 0.5)]

    def test_bars_are_ratios_of_times_to_cudnn(self):
        axes = only(peers.plots(tables.read([self.file("a.csv", self.rows())]))).figure.axes[0]
        heights = {name: own[0].get_height() for name, own in bars(axes).items()}
        self.assertEqual(heights, {"winoscope": 2.0, "another": 4.0})
        self.assertEqual(
            [label.get_text() for label in axes.get_xticklabels()], ["layer (winograd)\n16: 256→256, 56×56"]
        )

    def test_bars_of_few_are_centred_and_the_legend_fits(self):
        read = tables.read([pathlib.Path(path) for path in sorted(glob.glob(f"{H200}/suite/suite*.csv"))])
        figure = only(peers.plots(read)).figure
        middles = {}
        for own in bars(figure.axes[0]).values():
            for bar in own:
                middle = bar.get_x() + bar.get_width() / 2
                middles.setdefault(round(middle), []).append(middle)
        self.assertGreater(len({len(own) for own in middles.values()}), 1, "some shapes have fewer bars")
        for tick, own in middles.items():
            self.assertAlmostEqual(sum(own) / len(own), tick)
        figure.draw_without_rendering()
        box = figure.legends[0].get_window_extent()
        self.assertTrue(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1, box)
        said = {text.get_text() for text in figure.legends[0].get_texts()}
        self.assertTrue(all(text.endswith("(1 shape)") for text in said if text.startswith("tinygrad")), said)

    def test_another_devices_peer_is_no_peer(self):
        rows = [row if row["git_commit"] else row | {"device": "another"} for row in self.rows()]
        with self.assertRaisesRegex(Absent, "no peer was measured on a problem and a device that we have times of"):
            list(peers.plots(tables.read([self.file("a.csv", rows)])))


class Accuracy(Drawn):
    def test_points_are_errors_and_times(self):
        axes = only(accuracy.plots(tables.read([LAVAPIPE / "accuracy.csv"]))).figure.axes[0]
        points = {container.get_label(): container[0].get_xydata()[0] for container in axes.containers}
        rows = [row for row in lines(LAVAPIPE / "accuracy.csv") if row["phase"] == "total"]
        self.assertEqual(len(points), len(rows))
        for row in rows:
            way = f"F({row['tile']}×{row['tile']}), {row['points']}" if row["tile"] else "direct"
            self.assertEqual(list(points[way]), [float(row["median_ns"]), float(row["rel_error"])])

    def test_shape_and_colour_tell_the_algorithm_and_the_face_the_points(self):
        figure = only(accuracy.plots(tables.read([LAVAPIPE / "accuracy.csv"]))).figure
        algorithms, points = {}, {}
        for container in figure.axes[0].containers:
            line = container[0]
            algorithm, _, name = container.get_label().partition(", ")
            is_open = line.get_fillstyle() == "none"
            colour = line.get_markeredgecolor() if is_open else line.get_markerfacecolor()
            algorithms.setdefault(algorithm, set()).add((line.get_marker(), colour))
            points.setdefault(name or "integer", set()).add(line.get_fillstyle())
        for looks in (algorithms, points):
            self.assertEqual({len(own) for own in looks.values()}, {1}, looks)
            self.assertEqual(len(set.union(*looks.values())), len(looks), looks)
        self.assertEqual(len({marker for ((marker, _),) in algorithms.values()}), len(algorithms), "for print")


class Distributions(Drawn):
    def test_every_sample_of_a_total_is_in_its_histogram(self):
        files = [LAVAPIPE / "small.csv", LAVAPIPE / "small.samples.csv"]
        axes = only(distributions.plots(tables.read(files))).figure.axes[0]
        rows = [row for row in lines(files[0]) if row["phase"] == "total"]
        samples = [row for row in lines(files[1]) if row["phase"] == "total"]
        drawn = {patch.get_label(): patch.get_data() for patch in axes.patches}
        self.assertEqual(set(drawn), {row["experiment"] for row in rows})
        for row in rows:
            own = [float(one["nanoseconds"]) for one in samples if one["experiment"] == row["experiment"]]
            values, edges, base = drawn[row["experiment"]]
            percents = [(time / float(row["median_ns"]) - 1) * 100 for time in own]
            inside = [min(max(percent, edges[0]), edges[-1]) for percent in percents]
            counts = [0] * (len(edges) - 1)
            for percent in inside:
                counts[min(sum(edge <= percent for edge in edges[1:]), len(counts) - 1)] += 1
            self.assertEqual(sum(counts), int(row["samples"]))
            self.assert_close([value - base for value in values], [count / max(counts) * 0.82 for count in counts], 6)

    def test_samples_of_another_run_are_left_out(self):
        rows = [row | {"timestamp_utc": "2020-01-01T00:00:00.000Z"} for row in lines(LAVAPIPE / "small.csv")]
        with self.assertRaisesRegex(Absent, "no sample is of a total in the rows given"):
            list(distributions.plots(tables.read([self.file("a.csv", rows), LAVAPIPE / "small.samples.csv"])))


EVERYTHING = [
    *(H200 / name for name in ("layer.csv", "investigation.shares.csv", "placements_blocked.csv")),
    *(LAVAPIPE / name for name in ("accuracy.csv", "small.csv", "small.samples.csv")),
]


class Files(Drawn):
    def test_every_figure_names_device_and_date_and_is_the_same_each_time(self):
        with warnings.catch_warnings():
            # Such as a layout that does not fit.
            warnings.simplefilter("error")
            before = self.saved(EVERYTHING)
            again = self.saved([H200 / "layer.csv"])
        self.assertEqual(again, {path: before[path] for path in again})
        self.assertGreaterEqual(len(before), 2 * 10)
        for path, content in before.items():
            if path.suffix == ".png":
                self.assertTrue(content.startswith(b"\x89PNG"), path)
                continue
            self.assertLess(len(content), 100_000, path)
            written = "\n".join(texts(content.decode("utf-8")))
            self.assertRegex(written, r"(NVIDIA H200|llvmpipe).*, measured 2026-11-\d\d", path)
            self.assertEqual("llvmpipe" in written, "its times say nothing about a GPU" in written, path)
            self.assertNotRegex(
                content.decode("utf-8"), r"https?://(?!www\.w3\.org/|purl\.org/|creativecommons\.org/|matplotlib\.org/)"
            )

    def saved(self, files: list[pathlib.Path]) -> dict[pathlib.Path, bytes]:
        """Every plot of some files, as it is written."""
        read, written = tables.read(files), []
        for kind in KINDS:
            with contextlib.suppress(Absent):
                for plot in kind.plots(read):
                    written += plot.save(self.folder)
        return {path: path.read_bytes() for path in written}

    def run_program(self, *arguments: object) -> subprocess.CompletedProcess:
        command = [sys.executable, PROGRAM, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)

    def test_what_cannot_be_made_is_said(self):
        done = self.run_program(H200 / "layer.csv", "-o", self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        made = [pathlib.Path(line).name for line in done.stdout.splitlines()]
        kinds = ("phases", "roofline", "accuracy")
        self.assertEqual(made, [f"layer.{kind}.{ending}" for kind in kinds for ending in ("svg", "png")])
        said = [line.split(":")[1] for line in done.stderr.splitlines()]
        self.assertEqual(said, [f" no plot of {kind}" for kind in ("placements", "shares", "peers", "distributions")])

    def test_faults_have_exit_codes(self):
        malformed = self.folder / "a.csv"
        malformed.write_text("a,b\n1\n2,3\n", encoding="utf-8")
        empty = self.folder / "empty.csv"
        empty.touch()
        cases = [
            (["nosuch.csv", "-o", self.folder], 10, "nosuch.csv cannot be read: No such file"),
            ([malformed, "-o", self.folder], 42, "line 2: it has 1 fields, its header 2"),
            ([empty, "-o", self.folder], 71, "no plot could be made"),
            ([H200 / "layer.csv", "-o", empty / "below"], 40, "below cannot be written: Not a directory"),
            ([H200 / "layer.csv", "-o", self.folder, "--only", "nosuch"], 2, "--only knows no plot `nosuch`"),
        ]
        for arguments, code, message in cases:
            done = self.run_program(*arguments)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(message, done.stderr)
            self.assertNotIn("Traceback", done.stderr)


def shapes(svg: str) -> list[tuple[dict[str, object], list[float]]]:
    """What an SVG draws, in order: how each shape looks, with what it inherits, and its numbers."""
    found = []

    def walk(element, look, clips):
        if "id" in element.attrib:
            # It is drawn where it is used, and inherits there.
            look, clips = {}, frozenset()
        look = look | dict(part.split(": ") for part in element.get("style", "").split("; ") if part)
        clips = clips | {element.get("clip-path")} - {None}
        tag = element.tag.rpartition("}")[2]
        if tag in ("path", "use", "text", "rect", "image"):
            kept = {key: value for key, value in element.items() if key in ("transform", "fill") or "href" in key}
            places = [element.get(name, "") for name in ("d", "x", "y", "width", "height")]
            if kept.get("transform", "").startswith("rotate(-0 "):
                del kept["transform"]
            commands = re.findall("[A-Za-z]", places[0])
            numbers = [float(number) for place in places for number in re.findall(r"-?[\d.]+", place)]
            found.append((look | kept | {"": (tag, element.text and element.text.strip(), clips, commands)}, numbers))
        for child in element:
            walk(child, look, clips)

    walk(ElementTree.fromstring(svg), {}, frozenset())
    return found


class Lean(Drawn):
    def test_a_lean_drawing_has_the_shapes_of_the_whole_one(self):
        of_rows, of_shares = tables.read([H200 / "investigation.csv"]), tables.read([H200 / "investigation.shares.csv"])
        of_placements = tables.read([H200 / "placements_element.csv"])
        # Bars and hatches, turned labels, and an image.
        plots = [only(phases.plots(of_rows)), *shares.plots(of_shares), only(placements.plots(of_placements))]
        for plot in plots:
            text = io.StringIO()
            with style.drawing():
                plot.figure.savefig(text, format="svg")
            whole, made = text.getvalue(), lean(text.getvalue())
            self.assertLess(len(made), 0.8 * len(whole), plot.name)
            # A rule for every element would undo what is inherited.
            self.assertNotIn("*{", made)
            self.assertEqual([look for look, _ in shapes(made)], [look for look, _ in shapes(whole)], plot.name)
            for (look, numbers), (_, exact) in zip(shapes(made), shapes(whole), strict=True):
                self.assertEqual(len(numbers), len(exact), look)
                for number, value in zip(numbers, exact, strict=True):
                    self.assertAlmostEqual(number, value, delta=0.501 * 10**-DECIMALS)
            used = set(re.findall(r'(?:url\(|href=")#([^")]+)', made))
            self.assertEqual(used, {one.get("id") for one in ElementTree.fromstring(made).iter()} - {None})

    def test_what_is_drawn_elsewhere_keeps_its_look(self):
        paths = "".join(f'<path id="{name}" d="M 0 0" style="fill: #ff0000"/>' for name in "ab")
        uses = '<use href="#a" x="1.0"/><use href="#b" x="2.0"/>'
        svg = f'<svg xmlns="http://www.w3.org/2000/svg"><defs>{paths}</defs>{uses}</svg>'
        self.assertEqual(shapes(lean(svg)), shapes(svg))


class Gallery(Drawn):
    """docs/plots.md, whose commands are run again."""

    def test_the_committed_figures_say_what_their_commands_draw(self):
        page = (ROOT / "docs/plots.md").read_text(encoding="utf-8")
        commands = re.findall(r"^    scripts/plot\.py (.*) -o docs/plots$", page, flags=re.MULTILINE)
        shown = re.findall(r"\]\(plots/(.*\.svg)\)", page)
        for command in commands:
            words = [path for word in command.split() for path in sorted(glob.glob(word, root_dir=ROOT)) or [word]]
            done = subprocess.run(
                [sys.executable, PROGRAM, *words, "-o", self.folder], capture_output=True, text=True, cwd=ROOT
            )
            self.assertEqual(done.returncode, 0, done.stderr)
        made = sorted(path.name for path in self.folder.glob("*.svg"))
        self.assertEqual(sorted(shown), made)
        self.assertEqual(sorted(path.name for path in (ROOT / "docs/plots").glob("*.svg")), made)
        for name in made:
            committed = (ROOT / "docs/plots" / name).read_text(encoding="utf-8")
            self.assertEqual(texts(committed), texts((self.folder / name).read_text(encoding="utf-8")), name)
            self.assertEqual(committed.count("<path"), (self.folder / name).read_text("utf-8").count("<path"), name)


if __name__ == "__main__":
    unittest.main()
