//! An attribution as a table with its sentences, and as rows.

use std::fmt::Write;

use super::{Attribution, Factor, Share, Shares, Spread};
use crate::results::columns::Row;
use crate::results::format::{self, factor as figure, ratio};
use crate::results::report::software_caution;
use crate::results::shares::ShareRow;
use crate::results::table::{MISSING, escaped, markdown};
use crate::results::values::Mode;

impl Attribution<'_> {
    /// What is printed, in Markdown: the shares, what they are of, and which factor is to blame.
    pub fn render(&self) -> String {
        let mut text = format!("## `{}` → `{}`\n\n", self.from(), self.to());
        if self.lattice.about.mode == Mode::HostLazy {
            text += "Times are of the host's clock (`host_lazy`), not of the device's.\n\n";
        }
        match &self.shares {
            Some(shares) => {
                let _ = writeln!(text, "{}", self.table(shares));
                let _ = writeln!(text, "{}\n", self.verdict(shares));
            }
            None => {
                let _ = writeln!(text, "{}", self.times());
                let _ = writeln!(
                    text,
                    "No path leads from `{}` to `{}`: every order of changing the factors one by one meets a mixture \
                     without times, so no shares can be given.\n",
                    self.from(),
                    self.to()
                );
            }
        }
        text += &self.notes();
        text
    }

    /// One row for each factor, in the order of the table, and one for the whole; none where there are no shares.
    pub fn rows(&self, timestamp_utc: &str) -> Vec<ShareRow> {
        let Some(shares) = &self.shares else { return Vec::new() };
        let Row { config, stop_after, dtype, device, driver, shader_compiler, git_commit, .. } =
            self.lattice.about.clone();
        let Row { batch, in_channels, out_channels, height, width, padding, mode, .. } = self.lattice.about;
        let whole = ShareRow {
            config,
            from: self.from().to_owned(),
            to: self.to().to_owned(),
            stop_after,
            batch,
            in_channels,
            out_channels,
            height,
            width,
            padding,
            dtype,
            mode,
            factor: ShareRow::WHOLE.to_owned(),
            from_value: String::new(),
            to_value: String::new(),
            share: shares.whole.mid,
            ci_low: shares.whole.low,
            ci_high: shares.whole.high,
            first: None,
            last: None,
            is_noise: self.is_noise(&shares.whole).into(),
            spread: self.spread.share(),
            orderings: self.orderings.count,
            orderings_total: self.orderings.total,
            device,
            driver,
            shader_compiler,
            git_commit,
            timestamp_utc: timestamp_utc.to_owned(),
        };
        let row = |share: &Share| {
            let Factor { name, from, to } = self.factor(share).clone();
            ShareRow {
                factor: name,
                from_value: from,
                to_value: to,
                share: share.share.mid,
                ci_low: share.share.low,
                ci_high: share.share.high,
                first: share.first,
                last: share.last,
                is_noise: self.is_noise(&share.share).into(),
                ..whole.clone()
            }
        };
        shares.shares.iter().map(row).chain([whole.clone()]).collect()
    }

    fn from(&self) -> &str {
        self.lattice.mixtures.first().map_or(MISSING, |mixture| &mixture.name)
    }

    fn to(&self) -> &str {
        self.lattice.mixtures.last().map_or(MISSING, |mixture| &mixture.name)
    }

    fn factor(&self, share: &Share) -> &Factor {
        &self.lattice.factors[share.factor]
    }

    fn table(&self, shares: &Shares) -> String {
        let header = ["Factor", "From → to", "Share", "Changed first", "Changed last", "Note"];
        let mut table = markdown(header, &[2, 3, 4]);
        let note = |is_noise| if is_noise { "within noise" } else { "" };
        let alone = |ratio: Option<f64>| ratio.map_or(MISSING.to_owned(), |ratio| figure(ratio) + "×");
        for share in &shares.shares {
            let Factor { name, from, to } = self.factor(share);
            table.add_row([
                escaped(name),
                escaped(&format!("{from} → {to}")),
                ratio(&share.share),
                alone(share.first),
                alone(share.last),
                note(self.is_noise(&share.share)).to_owned(),
            ]);
        }
        table.add_row([
            "whole".to_owned(),
            "the product of all shares".to_owned(),
            ratio(&shares.whole),
            String::new(),
            String::new(),
            note(self.is_noise(&shares.whole)).to_owned(),
        ]);
        format!("{table}\n")
    }

    /// The mixtures that have times, where there are no shares.
    fn times(&self) -> String {
        let mut table = markdown(["Mixture", "Median"], &[1]);
        for mixture in &self.lattice.mixtures {
            if let Ok(times) = &mixture.times {
                let median = super::median(&mut times.clone());
                table.add_row([escaped(&mixture.name), format::nanoseconds(median)]);
            }
        }
        format!("{table}\n")
    }

    /// Which factor is to blame.
    fn verdict(&self, shares: &Shares) -> String {
        let whole = &shares.whole;
        let (is_slower, size) = (whole.mid > 1.0, ratio(whole));
        let whole_log = whole.mid.ln();
        if self.is_noise(whole) {
            let effect = self.first_sound(shares, |_| true).map_or(
                "and no factor's share stands out of the noise".to_owned(),
                |share| {
                    format!(
                        "though not every factor is without effect: the largest share is that of {}",
                        self.named(share)
                    )
                },
            );
            return format!(
                "The times of `{}` and `{}` cannot be told apart ({size}), {effect}.",
                self.from(),
                self.to()
            );
        }
        let opening = format!("`{}` takes {size} of the time of `{}`", self.to(), self.from());
        let is_with = |share: &Share| (share.share.mid > 1.0) == is_slower;
        let Some(largest) = self.first_sound(shares, is_with) else {
            return format!("{opening}, but no single factor's share stands out of the noise.");
        };
        let percent = largest.share.mid.ln() / whole_log;
        let against = self
            .first_sound(shares, |share| !is_with(share))
            .map_or(String::new(), |share| format!(" Against it works {}.", self.named(share)));
        format!(
            "{opening}. The largest share is that of {}: {} of the whole, in logarithms.{against}",
            self.named(largest),
            format::percent(percent)
        )
    }

    /// The largest share that stands out of the noise.
    fn first_sound<'s>(&self, shares: &'s Shares, is_wanted: impl Fn(&Share) -> bool) -> Option<&'s Share> {
        shares.shares.iter().find(|share| !self.is_noise(&share.share) && is_wanted(share))
    }

    fn named(&self, share: &Share) -> String {
        let Factor { name, from, to } = self.factor(share);
        format!("`{name}` ({from} → {to}), {}×", figure(share.share.mid))
    }

    /// Why mixtures have no times, each reason with those that it is about.
    fn reasons(&self) -> Vec<(&str, Vec<String>)> {
        let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
        for mixture in &self.lattice.mixtures {
            let Err(reason) = &mixture.times else { continue };
            let name = format!("`{}`", mixture.name);
            match reasons.iter_mut().find(|(known, _)| known == reason) {
                Some((_, names)) => names.push(name),
                None => reasons.push((reason, vec![name])),
            }
        }
        reasons
    }

    fn notes(&self) -> String {
        let mut text = String::new();
        let count = self.lattice.factors.len();
        if self.has_shares() {
            let orders = if self.orderings.count == self.orderings.total {
                format!("all {}", self.orderings.total)
            } else {
                format!("{} of the {}", self.orderings.count, self.orderings.total)
            };
            let _ = writeln!(
                text,
                "- A share is the geometric mean of what changing the factor does to the time, over {orders} orders of \
                 changing the {count} factors one by one. Where first and last differ, it depends on other factors."
            );
            text += "- Intervals are of 95 %, by resampling each mixture's samples: they speak of one run.\n";
            let within =
                |spread| format!("{}: a share no farther from 1 is within noise", format::percent(spread));
            let spread = match self.spread {
                Spread::Whole(spread) => {
                    format!("Mixtures that do the same work differ by up to {}", within(spread))
                }
                Spread::Phase(spread) => format!(
                    "No two mixtures do the same work; single phases that do differ by up to {}",
                    within(spread)
                ),
                Spread::Unknown => {
                    "Nothing is done by two mixtures alike, so by how much equal work differs is not \
                                    known"
                        .to_owned()
                }
            };
            let _ = writeln!(text, "- {spread}.");
        }
        if self.lattice.runs > 1 {
            let _ = writeln!(
                text,
                "- The mixtures were measured in {} runs, not all in turn; --fresh measures all of them in one.",
                self.lattice.runs
            );
        }
        for (reason, names) in self.reasons() {
            let _ = writeln!(text, "- No time of {}: {reason}.", names.join(", "));
        }
        text + software_caution(&self.lattice.about.device)
    }
}
