//! The `padgrad` command.

fn main() -> std::process::ExitCode {
    padgrad::cli::main()
}
