//! Variants × axes: lays the settings of each experiment over one another, resolves and checks it.

use super::diagnostics::{Diagnostic, Error, ErrorKind, Place};
use super::document::Document;
use super::experiment::Experiment;
use super::layer::Layer;
use super::overrides::Overrides;
use super::restriction::Restriction;
use super::settings::{Factors, MeasureTable, Settings, VariantTable};
use super::sweep::{self, Axis, Point};
use super::together::Together;
use super::{Tuned, rules};

/// More experiments than anyone runs; a sweep beyond it is a slip, and would not fit in memory.
const MAX_EXPERIMENTS: usize = 100_000;

/// A variant with the axes that it is crossed with.
struct Variant<'a> {
    name: String,
    factors: Factors,
    axes: Vec<&'a Axis<'a>>,
    /// Its index among the file's variants; `None` where the file has none.
    index: Option<usize>,
}

/// What a file makes.
pub(super) struct Expansion {
    /// Variants in file order, axes in file order, the last axis fastest.
    pub(super) experiments: Vec<Experiment>,
    /// The comparison that each of them belongs to, from 0.
    pub(super) comparisons: Vec<usize>,
    /// How many points of the product the file leaves out.
    pub(super) left_out: usize,
}

/// Every experiment that the file does not leave out.
pub(super) fn experiments(
    document: &Document<'_>,
    settings: &Settings,
    measure: &MeasureTable,
    overrides: &Overrides<'_>,
    tuned: &Tuned,
    name: &str,
) -> Result<Expansion, Error> {
    let all_axes = sweep::axes(document)?;
    let mut axes: Vec<&Axis<'_>> = Vec::new();
    for axis in &all_axes {
        if !is_fixed(axis, overrides)? {
            axes.push(axis);
        }
    }
    let variants = variants(document, settings, &all_axes, &axes, name)?;
    let total = variants
        .iter()
        .map(|v| product(v.axes.iter().map(|axis| axis.points.len())))
        .fold(0, usize::saturating_add);
    if total > MAX_EXPERIMENTS {
        let message = format!("the sweep makes {total} experiments; at most {MAX_EXPERIMENTS} are run");
        return Err(Diagnostic::new(ErrorKind::Size, document.place(), message).into());
    }

    let names: Vec<&str> = variants.iter().map(|variant| variant.name.as_str()).collect();
    let restriction = Restriction::read(document, &names)?;
    let mut together = Together::read(document, &all_axes, measure.give_up_at.is_some())?;

    let base = settings.factors();
    let mut experiments = Vec::with_capacity(total);
    let mut comparisons = Vec::with_capacity(total);
    let mut left_out = 0;
    let mut problems = Vec::new();
    for variant in &variants {
        let below = base.under(&variant.factors);
        for points in combinations(&variant.axes) {
            let name = experiment_name(&variant.name, &points);
            let factors = points.iter().fold(below.clone(), |below, (_, point)| below.under(&point.factors));
            let place = |keys: &[&str]| place(keys, document, overrides, &points, variant.index);
            let factors = factors.under(&overrides.factors);
            match tuned.experiment(name.clone(), variant.name.clone(), &factors) {
                Ok(experiment)
                    if restriction.as_ref().is_some_and(|restriction| !restriction.allows(&experiment)) =>
                {
                    left_out += 1;
                }
                Ok(experiment) => {
                    for finding in rules::check(&experiment) {
                        report(&mut problems, finding.into_diagnostic(place), &name);
                    }
                    comparisons.push(together.number(&experiment, &points));
                    experiments.push(experiment);
                }
                Err(missing) => report(&mut problems, unset(&missing, document), &name),
            }
        }
    }
    for finding in rules::check_measure(measure, &experiments) {
        problems.push(finding.into_diagnostic(|keys| place(keys, document, overrides, &[], None)));
    }
    for problem in &mut problems {
        // What all experiments share is the file's problem: their names would say nothing.
        if problem.experiments.len() == total - left_out {
            problem.experiments.clear();
        }
    }
    problems.extend(restriction.filter(|_| left_out == total).map(|nothing| nothing.leaves_nothing(total)));
    Error::all(problems).map_or(Ok(Expansion { experiments, comparisons, left_out }), Err)
}

/// Whether overrides set all that the axis sets, so that it has nothing left to vary.
fn is_fixed(axis: &Axis<'_>, overrides: &Overrides<'_>) -> Result<bool, Error> {
    let overridden = &overrides.factors;
    if axis.points.iter().all(|point| point.factors.under(overridden) == *overridden) {
        return Ok(true);
    }
    let partly = axis.points.iter().find_map(|point| overrides.place_of_conflict(&point.factors));
    partly.map_or(Ok(false), |place| {
        let message = format!(
            "sets a part of what the sweep axis `{}` sets; set all of it, or change the axis in the file",
            axis.key
        );
        Err(Diagnostic::new(ErrorKind::Contradiction, place, message).into())
    })
}

/// The file's variants, or the base alone where it has none. `axes` are those of `all_axes` that still vary.
fn variants<'a>(
    document: &Document<'_>,
    settings: &Settings,
    all_axes: &[Axis<'_>],
    axes: &[&'a Axis<'a>],
    name: &str,
) -> Result<Vec<Variant<'a>>, Error> {
    let tables = settings.variant.as_deref().unwrap_or_default();
    if tables.is_empty() {
        let base =
            Variant { name: name.to_owned(), factors: Factors::default(), axes: axes.to_vec(), index: None };
        return Ok(vec![base]);
    }
    let mut variants: Vec<Variant<'a>> = Vec::with_capacity(tables.len());
    for (index, table) in tables.iter().enumerate() {
        let path = |rest: &[String]| [&["variant".to_owned(), index.to_string()], rest].concat();
        let Some(name) = &table.name else {
            let place = document.place_of_value(&path(&[]));
            return Err(Diagnostic::new(ErrorKind::Key, place, "a variant needs a `name`").into());
        };
        let name = name.as_str().to_owned();
        if variants.iter().any(|earlier| earlier.name == name) {
            let place = document.place_of_value(&path(&["name".to_owned()]));
            let message = format!("the name `{name}` is another variant's already");
            return Err(Diagnostic::new(ErrorKind::Value, place, message).into());
        }
        check_axis_names(table, all_axes, |entry| {
            document.place_of_value(&path(&["axes".to_owned(), entry.to_string()]))
        })?;
        let crossed =
            |axis: &&&'a Axis<'a>| table.axes.as_ref().is_none_or(|names| names.contains(&axis.key));
        let axes: Vec<&'a Axis<'a>> = axes.iter().filter(crossed).copied().collect();
        let factors = table.factors();
        for axis in &axes {
            if axis.points.iter().any(|point| point.factors.conflicts_with(&factors)) {
                let message = format!(
                    "axis `{}` sets what variant `{name}` sets too; take it out of the variant, or list in \
                     the variant's `axes` those that it is crossed with",
                    axis.key
                );
                return Err(Diagnostic::new(ErrorKind::Contradiction, axis.place(document), message).into());
            }
        }
        variants.push(Variant { name, factors, axes, index: Some(index) });
    }
    Ok(variants)
}

/// Refuses a name in a variant's `axes` that is no axis; `place` finds the entry.
fn check_axis_names(
    table: &VariantTable,
    axes: &[Axis<'_>],
    place: impl Fn(usize) -> Place,
) -> Result<(), Error> {
    let is_axis = |name: &String| axes.iter().any(|axis| axis.key == *name);
    let names = table.axes.as_deref().unwrap_or_default();
    let Some((entry, name)) = names.iter().enumerate().find(|(_, name)| !is_axis(name)) else {
        return Ok(());
    };
    let keys: Vec<&str> = axes.iter().map(|axis| axis.key.as_str()).collect();
    let expected = if keys.is_empty() {
        "there is no `[sweep]`".to_owned()
    } else {
        format!("it has {}", keys.join(", "))
    };
    let message = format!("`{name}` is not an axis of the sweep; {expected}");
    Err(Diagnostic::new(ErrorKind::Value, place(entry), message).into())
}

/// One point of each axis, the last axis fastest. No axes make one combination, the empty one.
fn combinations<'a>(axes: &[&'a Axis<'a>]) -> impl Iterator<Item = Vec<(&'a Axis<'a>, &'a Point<'a>)>> {
    let sizes: Vec<usize> = axes.iter().map(|axis| axis.points.len()).collect();
    let axes = axes.to_vec();
    (0..product(sizes.iter().copied())).map(move |mut number| {
        let mut points: Vec<(&'a Axis<'a>, &'a Point<'a>)> = Vec::with_capacity(axes.len());
        for axis in axes.iter().rev() {
            points.push((axis, &axis.points[number % axis.points.len()]));
            number /= axis.points.len();
        }
        points.reverse();
        points
    })
}

fn product(sizes: impl Iterator<Item = usize>) -> usize {
    sizes.fold(1, usize::saturating_mul)
}

/// `variant/stop_after=mhat/tile=4`.
fn experiment_name(variant: &str, points: &[(&Axis<'_>, &Point<'_>)]) -> String {
    points
        .iter()
        .fold(variant.to_owned(), |name, (axis, point)| format!("{name}/{}={}", axis.short, point.label))
}

/// Where the first of `keys` that is set anywhere is set: the topmost layer wins, as it does in the value.
fn place(
    keys: &[&str],
    document: &Document<'_>,
    overrides: &Overrides<'_>,
    points: &[(&Axis<'_>, &Point<'_>)],
    variant: Option<usize>,
) -> Place {
    let one = |key: &&str| {
        let path: Vec<String> = key.split('.').map(str::to_owned).collect();
        let in_variant = || {
            let above = ["variant".to_owned(), variant?.to_string()];
            document.place_if_set(&[above.as_slice(), &path].concat())
        };
        overrides
            .place_if_set(&path)
            .or_else(|| {
                points.iter().rev().find_map(|(axis, point)| axis.place_if_set(point, &path, document))
            })
            .or_else(in_variant)
            .or_else(|| document.place_if_set(&path))
    };
    keys.iter().find_map(one).unwrap_or_else(|| document.place())
}

/// Adds the problem, or the experiment's name to the same problem of another.
fn report(problems: &mut Vec<Diagnostic>, mut problem: Diagnostic, experiment: &str) {
    if let Some(same) = problems.iter_mut().find(|known| {
        (known.kind, &known.place, &known.message, &known.nearest)
            == (problem.kind, &problem.place, &problem.message, &problem.nearest)
    }) {
        same.experiments.push(experiment.to_owned());
    } else {
        problem.experiments.push(experiment.to_owned());
        problems.push(problem);
    }
}

fn unset(keys: &[&str], document: &Document<'_>) -> Diagnostic {
    let place = document.place_of_key(&["problem".to_owned()]);
    let (verb, them) = if keys.len() == 1 { ("is", "it") } else { ("are", "them") };
    let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    let message = format!("{} {verb} required, and nothing sets {them}", keys.join(", "));
    Diagnostic::new(ErrorKind::Key, place, message)
}
