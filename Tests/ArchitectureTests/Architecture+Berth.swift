extension Architecture {
    /// The targets of Berth. An arrow that is not here is refused until someone has decided that it is right.
    static let berth = Architecture([
        TargetRule("Addressing", "addresses, blocks, MACs and identifiers: parse, print, contain, count"),
        TargetRule("Timeline", "instants of a node's own clock, as values"),
        TargetRule("InstanceTypes", "how many ENIs, addresses and pods each EC2 instance type takes"),
        TargetRule(
            "IPAMEngine", "which pod gets which address, and when to ask EC2 for more: events in, effects out",
            mayImport: ["Addressing", "Timeline"]),
        TargetRule("PodNetwork", "an allocation as the links, routes and rules it needs", mayImport: ["Addressing"]),
        TargetRule("JSON", "JSON documents as values: parse, print, and lose nothing"),
        TargetRule("CNISpec", "CNI requests, results, error codes and version rules", mayImport: ["Addressing", "JSON"]),
        TargetRule(
            "IncumbentState", "the incumbent's file of allocations, read for take-over and written for roll-back",
            mayImport: ["Addressing", "JSON"]),
        TargetRule(
            "Migration", "what was found of the incumbent on a node, what stands against taking it over, and the steps of that",
            mayImport: ["Addressing", "IncumbentState", "JSON", "PodNetwork"]),
        TargetRule(
            "VPCModel", "a VPC with physics: subnets fragment, ENIs have limits, calls take time",
            mayImport: ["Addressing", "InstanceTypes", "Timeline"]),
        TargetRule(
            "NodePorts", "what a node asks of EC2, the kernel and the disk", mayImport: ["Addressing", "IPAMEngine", "PodNetwork"]),
        TargetRule(
            "Conformance", "what a CNI plugin has to do, and how its calls are judged",
            mayImport: ["Addressing", "CNISpec", "JSON", "NodePorts", "PodNetwork"]),
        TargetRule("NodeReports", "what the daemon tells of its node and `berth` prints", mayImport: ["Addressing"]),

        TargetRule(
            "CapacityPlanner", "whether a cluster fits its subnets, by formulas over the engine's own arithmetic",
            mayImport: ["Addressing", "IPAMEngine", "InstanceTypes", "VPCModel"]),
        TargetRule(
            "ClusterImport", "what EC2 and Kubernetes tell of a cluster, as a scenario to plan and as a map of its blocks",
            mayImport: ["Addressing", "CapacityPlanner", "IPAMEngine", "InstanceTypes"]),
        TargetRule(
            "ClusterSimulator", "a planned cluster with the daemon's own engine on every node, in virtual time",
            mayImport: ["Addressing", "CapacityPlanner", "IPAMEngine", "InstanceTypes", "Simulator", "Timeline", "VPCModel"]),
        TargetRule(
            "PlanPage", "a plan as one page of HTML that needs nothing else",
            mayImport: ["Addressing", "CapacityPlanner", "ClusterSimulator", "IPAMEngine", "InstanceTypes", "Simulator", "VPCModel"]),
        TargetRule(
            "Simulator", "many nodes with the daemon's own engine against one VPC, in virtual time",
            mayImport: ["Addressing", "IPAMEngine", "InstanceTypes", "Timeline", "VPCModel"]),

        TargetRule(
            "AWSClient", "calls to AWS: signing, pace, repetition, endpoints", mayImport: ["Addressing", "Timeline"]),
        TargetRule("CProcessMemory", "what the C library's heap can be told, for which there is no Glibc module"),
        TargetRule("CNetlink", "libnl-3 and libnl-route-3 for Swift"),
        TargetRule("CNetlinkShims", "macros, namespace switches and other C that Swift cannot say"),
        TargetRule("CNftables", "libnftables, and dumps of nf_tables, in a namespace"),
        TargetRule("CPluginSocket", "the frame between plugin and daemon, and descriptors over a socket"),
        TargetRule("CPluginSystem", "the C library for the plugin, for which there is no Glibc module"),
        TargetRule(
            "ClusterSurvey", "a look at a live account and cluster, as snapshots",
            mayImport: [
                "AWSClient", "Addressing", "CapacityPlanner", "ClusterImport", "CredentialSources", "EC2Adapter", "IMDSAdapter", "JSON",
                "KubernetesAdapter", "SnapshotReading",
            ]),
        TargetRule(
            "CommandLineTool", "what the command lines of our programs share: exit codes, standard error",
            onlyOutside: OutsideModules(
                modules: ["ArgumentParser", "Glibc"], reason: "it is about the command line alone; put the rest where it belongs")),
        TargetRule(
            "ConformanceRunner", "drives a CNI plugin as a container runtime would, in namespaces of its own",
            mayImport: ["Addressing", "CNISpec", "Conformance", "JSON", "NetlinkAdapter", "NodePorts", "PodNetwork"]),
        // One HTTP client, one signature and one pace for whatever of AWS is asked: the adapters below share AWSClient.
        TargetRule(
            "CredentialSources", "AWS credentials from wherever the SDKs look for them, renewed before they end",
            mayImport: ["AWSClient", "Addressing", "IMDSAdapter", "JSON", "Timeline"]),
        TargetRule(
            "EC2Adapter", "EC2, through its Query API", mayImport: ["AWSClient", "Addressing", "NodePorts", "Timeline"]),
        TargetRule(
            "EC2Host", "a node that is on EC2: the adapters of AWS put together from the environment",
            mayImport: ["AWSClient", "CredentialSources", "EC2Adapter", "IMDSAdapter", "NodePorts"]),
        TargetRule("HTTPServing", "a server of HTTP that sleeps between requests"),
        TargetRule(
            "IMDSAdapter", "the instance metadata service, version 2", mayImport: ["AWSClient", "Addressing", "JSON", "Timeline"]),
        TargetRule(
            "JournalAdapter", "the append-only journal on disk",
            mayImport: ["Addressing", "IPAMEngine", "NodePorts", "PodNetwork", "Timeline"]),
        TargetRule("KubernetesAdapter", "the Kubernetes API: access, requests, lists and watches", mayImport: ["JSON", "Timeline"]),
        TargetRule(
            "NetlinkAdapter", "the kernel, through libnl",
            mayImport: ["Addressing", "CNetlink", "CNetlinkShims", "NodePorts", "PodNetwork"]),
        TargetRule(
            "NftablesAdapter", "the node's firewall, through libnftables", mayImport: ["CNftables", "NodePorts", "PodNetwork"]),
        TargetRule(
            "NodeConfiguration", "settings from the environment and YAML files, with every fault reported together",
            mayImport: ["Addressing", "IPAMEngine", "InstanceTypes", "JSON", "PodNetwork"]),
        TargetRule(
            "KubernetesNode", "a node in its cluster: what it follows there, and what it tells",
            mayImport: [
                "Addressing", "CNISpec", "IPAMEngine", "JSON", "KubernetesAdapter", "NodeConfiguration", "NodeReports", "NodeRuntime",
                "PodNetwork", "Timeline",
            ]),
        TargetRule(
            "NodeInstall", "the plugin and its conflist on a node's disk", mayImport: ["CNISpec", "JSON", "PodNetwork"]),
        TargetRule(
            "NodeMigration", "looks at a node of the incumbent's, puts Berth into its place on the disk, and takes it back",
            mayImport: ["IncumbentState", "JSON", "Migration", "NodeConfiguration", "NodeInstall", "NodePorts"]),
        TargetRule(
            "NodePortsTesting", "a kernel in memory that means what Linux means, and the contract both kernels keep",
            mayImport: ["Addressing", "NodePorts", "PodNetwork"]),
        TargetRule(
            "NodeRuntime", "owns the engine and performs its effects",
            mayImport: [
                "Addressing", "CNISpec", "IPAMEngine", "IncumbentState", "JSON", "NodePorts", "NodeReports", "PodNetwork", "Timeline",
            ]),
        TargetRule(
            "SnapshotReading", "what the AWS CLI and kubectl wrote, read as snapshots of a cluster, with every fault",
            mayImport: ["Addressing", "CapacityPlanner", "ClusterImport", "JSON"]),
        TargetRule("OCIImage", "tar archives and OCI images, the same bytes each time they are made of the same files"),
        TargetRule(
            "PlanFile", "a cluster and its subnets from a YAML file, with every fault reported together",
            mayImport: ["Addressing", "CapacityPlanner", "IPAMEngine", "InstanceTypes", "NodeConfiguration", "VPCModel"]),
        TargetRule(
            "PluginSocket", "the daemon's end of the plugin's socket", mayImport: ["CNISpec", "CPluginSocket", "NodePorts", "PodNetwork"]),
        TargetRule(
            "PrometheusHistory", "what subnets had left, from the daemon's metrics in Prometheus",
            mayImport: ["AWSClient", "Addressing", "CapacityPlanner", "JSON"]),
        // The service makes each signature again with the code that clients sign with, which AWS's own vectors hold in place.
        TargetRule(
            "SimulatedAWS", "EC2's Query API and instance metadata, answered by a simulated VPC",
            mayImport: [
                "AWSClient", "Addressing", "HTTPServing", "InstanceTypes", "JSON", "NodePorts", "SimulatedVPC", "Timeline", "VPCModel",
            ]),
        TargetRule(
            "SimulatedHost", "a node that is not on EC2: the simulated VPC, with links and routes to match",
            mayImport: ["Addressing", "InstanceTypes", "NodePorts", "PodNetwork", "SimulatedVPC", "VPCModel"]),
        TargetRule(
            "SimulatedVPC", "EC2 answered by `VPCModel` in a file that processes share",
            mayImport: ["Addressing", "InstanceTypes", "NodePorts", "Timeline", "VPCModel"]),

        TargetRule(
            "berth-cni", "the CNI plugin: hands a request and the pod's namespace to the daemon",
            mayImport: ["CPluginSocket", "CPluginSystem"],
            onlyOutside: OutsideModules(
                modules: [], reason: "the plugin is started for every pod and is Embedded Swift; let the daemon do it")),
        TargetRule("berthd", "the node daemon", mayImport: nil),
        TargetRule("berth", "the command line of operators and planners", mayImport: nil),

        TargetRule(
            "NodeBundler", "puts the built programs into a release archive and an image", mayImport: ["CommandLineTool", "OCIImage"]),

        TargetRule("InstanceTypeTableGenerator", "the JSON of instance types as a packed table"),
    ])
}
