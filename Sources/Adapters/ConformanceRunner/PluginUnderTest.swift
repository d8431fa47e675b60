public import CNISpec
public import Conformance

/// What is driven, and how.
public struct PluginUnderTest: Sendable {
    /// The plugin's file.
    public var path: String
    public var configuration: DrivenConfiguration
    /// The plugins of its list that do their part in a sandbox before it; none when it is driven alone.
    public var earlier: [DrivenConfiguration]
    /// The folders in which other plugins are looked for.
    public var cniPath: [String]
    /// The versions asked for, oldest first; not empty.
    public var versions: [CNIVersion]
    /// What the plugin is started with besides the `CNI_` variables.
    public var environment: [String: String]
    /// How many containers are added at once; 2 or more.
    public var parallel: Int
    /// Nil for a plugin that has no daemon, or none that may be stopped.
    public var daemon: DaemonCommands?

    public init(
        path: String, configuration: DrivenConfiguration, earlier: [DrivenConfiguration] = [], cniPath: [String],
        versions: [CNIVersion], environment: [String: String], parallel: Int, daemon: DaemonCommands?
    ) {
        self.path = path
        self.configuration = configuration
        self.earlier = earlier
        self.cniPath = cniPath
        self.versions = versions
        self.environment = environment
        self.parallel = parallel
        self.daemon = daemon
    }

    /// Commands for `sh`, by which the daemon behind the plugin is ended and started.
    public struct DaemonCommands: Sendable {
        public var stop: String
        public var start: String

        public init(stop: String, start: String) {
            self.stop = stop
            self.start = start
        }
    }

    /// Where an ADD's answer must have come: far below the two minutes in which kubelet gives up.
    static let answerLimit = Duration.seconds(30)
    /// Where a DEL's answer must have come.
    static let deleteLimit = Duration.seconds(10)
    /// Where a STATUS's answer must have come: CRI-O asks twice a second.
    static let statusMillisecondsMax = 1_000
}
