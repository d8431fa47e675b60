import CPluginSocket
import CPluginSystem

/// The CNI plugin: hands what the container runtime asks to `berthd`, unparsed, and prints the answer.
///
/// It is exec'd for every pod, so what it costs is what starting it costs. It imports the C library alone, builds its output
/// from bytes instead of interpolated strings, and ships as Embedded Swift, linked statically (Docs/Decisions/0009).
@main
struct BerthCNI {
    static func main() {
        _exit(run())
    }

    /// Answers one command and returns the exit status.
    private static func run() -> Int32 {
        guard let name = getenv("CNI_COMMAND"), name.pointee != 0 else { return Version.printAbout() }
        let command = Command(name)
        var frame = RequestFrame()
        if command == .version { return Version.answer(&frame) }

        if let failure = frame.collectEnvironment() { return failure.print(input: frame.input) }
        if let failure = frame.readInput() { return failure.print(input: frame.input) }
        let path = SocketPath(input: frame.input)
        guard path.fits else { return path.tooLong.print(input: frame.input) }

        let sandbox = command.needsSandbox ? openSandbox() : closedSandbox
        frame.seal(sandbox)
        return finish(DaemonConnection.exchange(frame, sandbox, path, command), command, frame, path)
    }

    /// The state of a request that brings no namespace along.
    private static var closedSandbox: berth_sandbox {
        berth_sandbox(netns: -1, netlink: -1, step: UInt8(BERTH_SANDBOX_OPENED), flags: 0, error: 0)
    }

    /// Enters the pod's namespace, if the runtime named one. What fails travels in the frame: the daemon words the error.
    private static func openSandbox() -> berth_sandbox {
        guard let path = getenv("CNI_NETNS"), path.pointee != 0 else { return closedSandbox }
        return berth_open_sandbox(path)
    }

    private static func finish(
        _ outcome: consuming DaemonConnection.Outcome, _ command: Command, _ frame: borrowing RequestFrame,
        _ path: borrowing SocketPath
    ) -> Int32 {
        switch consume outcome {
        case .answered(let status, let output, _):
            return writeAll(output, to: STDOUT_FILENO) ? status : EXIT_FAILURE
        case .unanswered(let reason):
            // A pod must be deletable while the daemon is away: it replays the spool before it serves.
            guard command == .delete else {
                return Failure(code: command.codeWhenAway, "berthd did not answer", reason).print(input: frame.input)
            }
            guard let fault = Spool(besideSocket: path).keep(frame.bytes) else { return EXIT_SUCCESS }
            return fault.print(input: frame.input)
        }
    }
}
