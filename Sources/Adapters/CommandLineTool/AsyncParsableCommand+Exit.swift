public import ArgumentParser
import Glibc

extension ExitCode {
    /// Something was looked for and found wrong.
    public static let foundSomething = ExitCode(1)
    /// The command line, a variable or a file cannot be taken.
    public static let badInput = ExitCode(2)
    /// No daemon answers.
    public static let noDaemon = ExitCode(3)
}

extension AsyncParsableCommand {
    /// Parses the command line, runs the command and ends the process, with the exit codes of all our programs.
    ///
    /// ArgumentParser ends with 64 on a command line it cannot take; ours end with 2, as for any other bad input.
    public static func runToExit() async -> Never {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            Glibc.exit(EXIT_SUCCESS)
        } catch {
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            StandardError.write(fullMessage(for: error))
            Glibc.exit(ExitCode.badInput.rawValue)
        }
    }
}
