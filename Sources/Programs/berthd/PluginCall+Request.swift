import NodeRuntime
import PluginSocket

extension PluginCall {
    /// A request as it came over the socket.
    init(_ request: PluginRequest) {
        self.init(environment: request.environment, input: request.input, sandbox: Sandbox(request), isAbandoned: { request.isAbandoned }) {
            answer in
            // A runtime that has given up hears nothing; it sends a DEL for what it did not hear of.
            _ = request.reply(
                exitStatus: answer.exitStatus, output: answer.output, asksAgain: answer.asksAgain, delegation: answer.delegation)
        }
        runsDelegations = request.runsDelegations
        outcome = request.outcome
    }
}

extension PluginCall.Sandbox {
    fileprivate init(_ request: PluginRequest) {
        if let failure = request.sandboxFailure {
            self = .failed(step: failure.step.systemCall, problem: "\(failure.errno)")
        } else if request.sandbox != nil {
            self = .open(isOwn: request.isOwnNetns) { request.takeSandbox() }
        } else {
            self = .none
        }
    }
}

extension SandboxFailure.Step {
    /// What the plugin asked of the kernel.
    fileprivate var systemCall: String {
        switch self {
        case .open: "open"
        case .notANamespace, .enter: "setns"
        case .socket: "socket"
        }
    }
}
