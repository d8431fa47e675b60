public import CNISpec
public import NodePorts

/// One call of the plugin, as it arrived: unparsed, with what the plugin opened for it.
public struct PluginCall: Sendable {
    /// The `CNI_*` variables.
    public var environment: [String: String]
    /// The plugin's standard input.
    public var input: [UInt8]
    public var sandbox: Sandbox
    /// Whether the plugin can run an IPAM plugin for the answer.
    public var runsDelegations = true
    /// What came of the IPAM plugin that the answer to the same call wanted run before.
    public var outcome: DelegationOutcome?
    /// Whether the plugin went away without waiting for the answer, as when the runtime's time was up.
    public var isAbandoned: @Sendable () -> Bool
    /// Answers the plugin; called exactly once.
    public var answer: @Sendable (PluginAnswer) -> Void

    /// How opening the pod's namespace went.
    public enum Sandbox: Sendable {
        /// The command needs none, or no path was given.
        case none
        /// It is open. Whoever takes the descriptors closes them; taken by nobody they close with the call.
        ///
        /// - Parameter isOwn: Whether the path leads to the plugin's own namespace.
        case open(isOwn: Bool, take: @Sendable () -> SandboxDescriptors?)
        /// It could not be opened: the step that failed, and what the kernel said.
        case failed(step: String, problem: String)
    }

    public init(
        environment: [String: String], input: [UInt8], sandbox: Sandbox, isAbandoned: @escaping @Sendable () -> Bool = { false },
        answer: @escaping @Sendable (PluginAnswer) -> Void
    ) {
        self.environment = environment
        self.input = input
        self.sandbox = sandbox
        self.isAbandoned = isAbandoned
        self.answer = answer
    }
}

/// What the plugin prints and how it exits.
public struct PluginAnswer: Hashable, Sendable {
    public var exitStatus: UInt8
    public var output: [UInt8]
    /// Whether nothing was done, because this daemon is ending, so that the plugin can ask the next one.
    public var asksAgain: Bool
    /// What the plugin runs before.
    public var delegation: Delegation?

    public init(exitStatus: UInt8, output: [UInt8], asksAgain: Bool = false, delegation: Delegation? = nil) {
        self.exitStatus = exitStatus
        self.output = output
        self.asksAgain = asksAgain
        self.delegation = delegation
    }

    /// Success that prints nothing, as DEL, CHECK, GC and STATUS do.
    public static let silent = PluginAnswer(exitStatus: 0, output: [])
}
