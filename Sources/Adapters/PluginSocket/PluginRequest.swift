public import CNISpec
import CPluginSocket
import Glibc
public import NodePorts
import Synchronization

/// One call of the plugin, waiting for its answer.
///
/// The request owns what came with it: the connection, and the descriptors of the pod's namespace until
/// ``takeSandbox()``. Letting go of it unanswered closes the connection, which the plugin reports as code 11, try again
/// later, and for DEL by spooling the request.
///
/// Any thread may answer, so that an ADD can wait for capacity without holding a worker.
public final class PluginRequest: Sendable {
    /// The process at the other end, as the kernel knows it.
    public struct Peer: Hashable, Sendable {
        public let uid: UInt32
        public let pid: Int32
    }

    /// The plugin's `CNI_*` variables; the values are unchecked.
    public let environment: [String: String]
    /// What the runtime wrote to the plugin's standard input, unparsed.
    public let input: [UInt8]
    /// Why ADD or CHECK comes without a namespace although `CNI_NETNS` names one.
    public let sandboxFailure: SandboxFailure?
    /// Whether the pod's namespace is the one the plugin was started in, which is the node's own for a plugin run by a
    /// container runtime.
    public let isOwnNetns: Bool
    /// Whether the plugin can run an IPAM plugin for the answer.
    public let runsDelegations: Bool
    /// What came of the IPAM plugin that the answer to the same request wanted run before.
    public let outcome: DelegationOutcome?
    public let peer: Peer

    private struct State {
        /// -1 once answered.
        var connection: Int32
        var sandbox: SandboxDescriptors?
    }

    private let state: Mutex<State>
    private let unanswered: UnansweredRequests

    /// Takes over the connection and the descriptors.
    init(_ frame: RequestFrame, peer: Peer, connection: Int32, sandbox: SandboxDescriptors?, _ unanswered: UnansweredRequests) {
        environment = frame.environment
        input = frame.input
        sandboxFailure = SandboxFailure(frame.header)
        isOwnNetns = Int(frame.header.flags) & BERTH_FLAG_OWN_NAMESPACE != 0
        runsDelegations = Int(frame.header.flags) & BERTH_FLAG_RUNS_IPAM != 0
        outcome = frame.outcome
        self.peer = peer
        state = Mutex(State(connection: connection, sandbox: sandbox))
        self.unanswered = unanswered
        unanswered.enter()
    }

    deinit {
        let state = state.withLock { $0 }
        if let sandbox = state.sandbox { sandbox.close() }
        guard state.connection >= 0 else { return }
        close(state.connection)
        unanswered.leave()
    }

    /// The pod's namespace, still owned by the request: to look at, not to keep. Nil for DEL, STATUS and GC, after a
    /// ``sandboxFailure`` and after ``takeSandbox()``.
    public var sandbox: SandboxDescriptors? { state.withLock(\.sandbox) }

    /// Hands the pod's namespace over to the caller, who closes it; nil when there is none or it was taken before.
    public func takeSandbox() -> SandboxDescriptors? {
        state.withLock { state in
            defer { state.sandbox = nil }
            return state.sandbox
        }
    }

    /// Whether the plugin went away without waiting for the answer, as when the runtime's time was up. False once answered.
    public var isAbandoned: Bool {
        state.withLock { state in
            guard state.connection >= 0 else { return false }
            var byte: UInt8 = 0
            let length = recv(state.connection, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
            return length == 0 || (length < 0 && errno != EAGAIN)
        }
    }

    /// Answers the plugin: it writes `output` to standard output and exits with `exitStatus`. Only the first answer counts.
    ///
    /// - Parameters:
    ///   - exitStatus: 0 to 255.
    ///   - output: At most 256 KiB; a longer one is replaced by a CNI error that says so.
    ///   - asksAgain: Whether nothing was done, because this daemon is ending, and the plugin shall ask the next one.
    ///   - delegation: What the plugin shall run before, which it can where ``runsDelegations`` says so.
    /// - Returns: Whether the answer was on its way; false when the plugin was gone or had been answered before.
    @discardableResult
    public func reply(exitStatus: UInt8, output: [UInt8], asksAgain: Bool = false, delegation: Delegation? = nil) -> Bool {
        let connection = state.withLock { state in
            defer { state.connection = -1 }
            return state.connection
        }
        guard connection >= 0 else { return false }
        defer {
            close(connection)
            unanswered.leave()
        }
        return Reply.fitting(status: exitStatus, output: output, asksAgain: asksAgain, delegation: delegation).send(to: connection)
    }
}

extension SandboxDescriptors {
    func close() {
        Glibc.close(netns)
        Glibc.close(netlink)
    }
}
