import IPAMEngine
import InstanceTypes
import KubernetesNode
import NodeConfiguration
import NodeRuntime
import PodNetwork

/// What the daemon was told of its node and found out about it, checked as a whole before anything is touched.
struct Input {
    let name: String
    let type: InstanceType
    let settings: NodeSettings
    private let variables: NodeVariables

    /// What the node will not do though it was told to; worth a line in the log.
    var warnings: [ConfigurationFault] { variables.warnings(on: type, place: name) }
    /// The cluster's name; nil where none is given.
    var cluster: String? { variables.placement.cluster }
    /// How long the node waits between two sweeps for orphaned ENIs, on average; nil for none.
    var sweepInterval: Duration? { variables.orphanSweepInterval }
    /// Whether the node tells its cluster anything.
    var writesToCluster: Bool { variables.cluster.writes }
    /// What the operator wants of the node's own network.
    var network: NodeNetworkPolicy { variables.nodeNetwork }

    init(name: String, type: InstanceType, variables: NodeVariables, engine: EngineConfiguration) {
        self.name = name
        self.type = type
        self.variables = variables
        settings = NodeSettings(variables, engine: engine)
    }

    /// The same as directions that may change while the node runs.
    var directions: Directions { Directions(variables: variables, settings: settings, network: network) }
}

extension NodeSettings {
    init(_ variables: NodeVariables, engine: EngineConfiguration) {
        self.init(
            engine: engine, eniMTUBytes: variables.eniMTUBytes, addBudget: variables.pods.addBudget,
            garbageAgeMin: variables.pods.garbageAgeMin, stickyNamespaces: variables.pods.stickyNamespaces,
            stickyHold: variables.pods.stickyHold, egress: variables.egress, branchENIMode: variables.cluster.branchENIMode,
            allowsSeveralCards: variables.placement.usesEveryCard)
    }
}

extension Directions {
    init(_ variables: NodeVariables, engine: EngineConfiguration) {
        self.init(variables: variables, settings: NodeSettings(variables, engine: engine), network: variables.nodeNetwork)
    }
}
