//! The command line: arguments, one file per command, progress, exit codes.

mod arguments;
mod attribute;
mod ceilings;
mod columns;
mod compare;
mod comparison;
mod devices;
mod exit;
mod experiments;
mod explain;
mod floors;
mod list;
mod matrices;
mod open;
mod print;
mod progress;
mod prove;
mod report;
mod rows;
mod run;
mod schema;
mod session;
mod spending;
mod tune;
mod unmeasured;

pub use arguments::{Arguments, Command};
pub use exit::{EXIT_CODES, ExitCode, Failure};

/// Runs a command and says how it ended.
///
/// # Errors
/// A sentence and an exit code.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    match arguments.command {
        Command::Devices(options) => devices::run(&options),
        Command::Explain(options) => explain::run(&options),
        Command::List(options) => list::run(&options),
        Command::Run(options) => run::run(&options),
        Command::Tune(options) => tune::run(&options),
        Command::Report(options) => report::run(&options),
        Command::Attribute(options) => attribute::run(&options),
        Command::Compare(options) => compare::run(&options),
        Command::Prove(options) => prove::run(&options),
        Command::Ceilings(options) => ceilings::run(&options),
        Command::Schema => schema::run(),
        Command::Columns => columns::run(),
    }
}
