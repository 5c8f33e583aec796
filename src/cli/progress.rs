//! Progress on stderr: a bar on a terminal, a line per experiment elsewhere.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

/// Counts experiments.
pub struct Progress {
    bar: ProgressBar,
    on_terminal: bool,
    total: usize,
    ended: usize,
    /// What is said after whatever is being done.
    best: Option<String>,
}

impl Progress {
    /// Nothing done yet of `total` experiments.
    pub fn new(total: usize) -> Self {
        let on_terminal = std::io::stderr().is_terminal();
        let bar = if on_terminal { ProgressBar::new(total as u64) } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("[{pos}/{len}] {bar:30} {elapsed} {msg}") {
            bar.set_style(style);
        }
        Self { bar, on_terminal, total, ended: 0, best: None }
    }

    /// So many more experiments are to be done.
    pub fn expect(&mut self, more: usize) {
        self.total += more;
        self.bar.set_length(self.total as u64);
    }

    /// What is being done now.
    pub fn now(&self, message: String) {
        self.bar.set_message(match &self.best {
            Some(best) => format!("{message} (best so far: {best})"),
            None => message,
        });
    }

    /// What is quickest so far, of experiments that compete.
    pub fn best(&mut self, best: String) {
        self.best = Some(best);
    }

    /// An experiment has ended.
    pub fn ended(&mut self, name: &str, how: &str) {
        self.ended += 1;
        self.bar.set_position(self.ended as u64);
        self.line(&format!("[{}/{}] {name}  {how}", self.ended, self.total));
    }

    /// Says something that stays on the screen.
    pub fn line(&self, text: &str) {
        if self.on_terminal {
            self.bar.println(text);
        } else {
            eprintln!("{text}");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A time with three significant digits.
pub fn time(nanoseconds: f64) -> String {
    let (value, unit) = match nanoseconds {
        ns if ns < 1e3 => (ns, "ns"),
        ns if ns < 1e6 => (ns / 1e3, "µs"),
        ns if ns < 1e9 => (ns / 1e6, "ms"),
        ns => (ns / 1e9, "s"),
    };
    let decimals = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.decimals$} {unit}")
}
