public import NodeConfiguration
public import NodeRuntime
public import PodNetwork

/// How a node is to work, as file, environment and cluster together say.
public struct Directions: Hashable, Sendable {
    public var variables: NodeVariables
    public var settings: NodeSettings
    public var network: NodeNetworkPolicy

    public init(variables: NodeVariables, settings: NodeSettings, network: NodeNetworkPolicy) {
        self.variables = variables
        self.settings = settings
        self.network = network
    }

    /// The names of settings that another value was given since, and that a running daemon does not follow.
    func needingStart(since start: NodeVariables) -> [String] {
        Setting.all.filter { !$0.isLive && $0.value(variables) != $0.value(start) }.map(\.name).sorted()
    }
}
