import CNISpec
import Conformance
import Glibc

extension Trial {
    /// The commands for the daemon, which must be there.
    func daemon() throws -> PluginUnderTest.DaemonCommands {
        guard let daemon = plugin.daemon else { throw NotApplicable(reason: "needs --stop-daemon and --start-daemon") }
        return daemon
    }

    /// Runs the body while the daemon is away, and waits until it serves again.
    func withoutDaemon(_ body: () throws -> Void) throws {
        let daemon = try daemon()
        try shell(daemon.stop)
        do {
            try body()
        } catch {
            try shell(daemon.start)
            throw error
        }
        try shell(daemon.start)
        try awaitService()
    }

    func shell(_ command: String) throws(ConformanceError) {
        let ending = try ChildProgram(["sh", "-c", command], environment: plugin.environment, isCaptured: false).finish(
            within: .seconds(60))
        guard ending.end == .exited(0) else { throw ConformanceError("`\(command)` ended with \(ending.end)") }
    }

    /// A daemon that has just been started may refuse for a while.
    func awaitService() throws(ConformanceError) {
        let deadline = ContinuousClock.now + .seconds(60)
        let sandbox = try sandbox()
        while true {
            let added = try call(request(.add, sandbox))
            try call(request(.delete, sandbox))
            if added.isSuccess { return }
            guard ContinuousClock.now < deadline else {
                throw ConformanceError("the plugin serves no pod 60 s after --start-daemon: \(added.ending)")
            }
            _ = poll(nil, 0, 100)
        }
    }
}
