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

        let ipam = IPAMPlugin(input: frame.input, command)
        let sandbox = command.needsSandbox ? openSandbox() : closedSandbox
        frame.seal(sandbox, flags: ipam.flags)
        return converse(&frame, sandbox, path, command, ipam)
    }

    /// How often the daemon is asked: once, and once more with what came of an IPAM plugin.
    private static var exchangesMax: Int { 2 }

    /// Asks the daemon, and runs what it wants run in between.
    private static func converse(
        _ frame: inout RequestFrame, _ sandbox: berth_sandbox, _ path: borrowing SocketPath, _ command: Command,
        _ ipam: borrowing IPAMPlugin
    ) -> Int32 {
        for _ in 0..<exchangesMax {
            switch DaemonConnection.exchange(frame, sandbox, path, command) {
            case .answered(let status, let output, _):
                return print(output, exitingWith: status)
            case .unanswered(let reason):
                return giveUp(reason, command, frame, path)
            case .ordered(let order):
                let outcome = ipam.run(order, beside: path, input: frame.input, output: frame.outcomeSpace)
                guard order.isTold(outcome) else { return print(order.answer, exitingWith: order.status) }
                frame.attach(outcome)
                frame.seal(sandbox, flags: ipam.flags | Int(BERTH_FLAG_IPAM_OUTCOME))
            }
        }
        return giveUp(Text("berthd wants an IPAM plugin run again and again"), command, frame, path)
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

    private static func print(_ output: UnsafeRawBufferPointer, exitingWith status: Int32) -> Int32 {
        writeAll(output, to: STDOUT_FILENO) ? status : EXIT_FAILURE
    }

    private static func giveUp(
        _ reason: consuming Text, _ command: Command, _ frame: borrowing RequestFrame, _ path: borrowing SocketPath
    ) -> Int32 {
        // A pod must be deletable while the daemon is away: it replays the spool before it serves. It can run no IPAM plugin then.
        guard command == .delete, !IPAMPlugin.isNamed(in: frame.input) else {
            return Failure(code: command.codeWhenAway, "berthd did not answer", reason).print(input: frame.input)
        }
        guard let fault = Spool(besideSocket: path).keep(frame.bytes) else { return EXIT_SUCCESS }
        return fault.print(input: frame.input)
    }
}
