// swift-tools-version: 6.2
import PackageDescription

/// What every target of ours is compiled with: Swift 6 mode, explicit existentials and imports, no warning left.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// A pure target: values and functions, no clock, no input or output.
func core(
    _ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = [], plugins: [Target.PluginUsage] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Sources/Core/\(name)", exclude: exclude, swiftSettings: strict, plugins: plugins)
}

/// A target that touches one real thing.
func adapter(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/Adapters/\(name)", swiftSettings: strict)
}

/// The C that an adapter needs: what Swift cannot import by itself.
func shims(_ name: String, linking libraries: [String] = []) -> Target {
    .target(
        name: name, path: "Sources/Adapters/\(name)", cSettings: [.treatAllWarnings(as: .error)],
        linkerSettings: libraries.map { .linkedLibrary($0) })
}

/// The engine in virtual time: as pure as the core.
func planning(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/Planning/\(name)", swiftSettings: strict)
}

/// A program that needs nothing of Swift on the node: its libraries are linked in, which also makes it start sooner
/// (Docs/Decisions/0013). What the rest is compiled with stays the same, so that tests and programs share it.
func program(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    let foundation = [
        "Foundation", "FoundationInternationalization", "FoundationEssentials", "CoreFoundation", "_FoundationICU", "_FoundationCShims",
        "_FoundationCollections",
    ]
    return .executableTarget(
        name: name, dependencies: dependencies, path: "Sources/Programs/\(name)", swiftSettings: strict,
        linkerSettings: [.unsafeFlags(["-static-stdlib", "-use-ld=lld", "-Xlinker", "--strip-debug"] + foundation.map { "-l\($0)" })])
}

/// The CNI plugin. As it ships it is Embedded Swift, linked statically, and starts as fast as a program in C does; for tests it
/// is compiled as everything else.
func plugin(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    let isToShip = Context.environment["BERTH_PLUGIN"] == "static"
    return .executableTarget(
        name: name, dependencies: dependencies, path: "Sources/Programs/\(name)",
        swiftSettings: strict + (isToShip ? [.enableExperimentalFeature("Embedded")] : []),
        linkerSettings: isToShip ? [.unsafeFlags(["-Xclang-linker", "-static", "-Xlinker", "--strip-debug"])] : [])
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = [], resources: [Resource] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, path: "Tests/\(name)", exclude: exclude, resources: resources, swiftSettings: strict)
}

extension Target.Dependency {
    static let argumentParser = product(name: "ArgumentParser", package: "swift-argument-parser")
    static let asyncHTTPClient = product(name: "AsyncHTTPClient", package: "async-http-client")
    static let crypto = product(name: "Crypto", package: "swift-crypto")
    static let dequeModule = product(name: "DequeModule", package: "swift-collections")
    static let heapModule = product(name: "HeapModule", package: "swift-collections")
    static let hummingbird = product(name: "Hummingbird", package: "hummingbird")
    static let hummingbirdCore = product(name: "HummingbirdCore", package: "hummingbird")
    static let logging = product(name: "Logging", package: "swift-log")
    static let nioCore = product(name: "NIOCore", package: "swift-nio")
    static let nioFoundation = product(name: "NIOFoundationEssentialsCompat", package: "swift-nio")
    static let nioHTTP1 = product(name: "NIOHTTP1", package: "swift-nio")
    static let nioPosix = product(name: "NIOPosix", package: "swift-nio")
    static let nioSSL = product(name: "NIOSSL", package: "swift-nio-ssl")
    static let serviceLifecycle = product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let textTable = product(name: "TextTable", package: "TextTable")
    static let unixSignals = product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let yams = product(name: "Yams", package: "Yams")
}

let package = Package(
    name: "berth-vpc",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/ordo-one/TextTable", from: "0.0.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        core("Addressing"),
        core("Timeline"),
        core(
            "InstanceTypes", exclude: ["instance-types.json", "instance-types.README.md"],
            plugins: [.plugin(name: "InstanceTypeTable")]),
        core("IPAMEngine", ["Addressing", "Timeline", .dequeModule, .heapModule]),
        core("PodNetwork", ["Addressing"]),
        core("JSON"),
        core("CNISpec", ["Addressing", "JSON"]),
        core("Conformance", ["Addressing", "CNISpec", "JSON", "NodePorts", "PodNetwork"]),
        core("IncumbentState", ["Addressing", "JSON"]),
        core("Migration", ["Addressing", "IncumbentState", "JSON", "PodNetwork"]),
        core("VPCModel", ["Addressing", "InstanceTypes", "Timeline"]),
        core("NodePorts", ["Addressing", "IPAMEngine", "PodNetwork"]),
        core("NodeReports", ["Addressing"]),

        planning("CapacityPlanner", ["Addressing", "IPAMEngine", "InstanceTypes", "VPCModel"]),
        planning("ClusterImport", ["Addressing", "CapacityPlanner", "IPAMEngine", "InstanceTypes"]),
        planning(
            "ClusterSimulator", ["Addressing", "CapacityPlanner", "IPAMEngine", "InstanceTypes", "Simulator", "Timeline", "VPCModel"]),
        planning(
            "PlanPage", ["Addressing", "CapacityPlanner", "ClusterSimulator", "IPAMEngine", "InstanceTypes", "Simulator", "VPCModel"]),
        planning("Simulator", ["Addressing", "IPAMEngine", "InstanceTypes", "Timeline", "VPCModel", .heapModule]),

        .systemLibrary(name: "CProcessMemory", path: "Sources/Adapters/CProcessMemory"),
        .systemLibrary(
            name: "CNetlink", path: "Sources/Adapters/CNetlink", pkgConfig: "libnl-route-3.0", providers: [.apt(["libnl-route-3-dev"])]),
        shims("CNetlinkShims"),
        shims("CNftables", linking: ["nftables"]),
        shims("CPluginSocket"),
        shims("CPluginSystem"),
        adapter(
            "AWSClient", ["Addressing", "Timeline", .asyncHTTPClient, .crypto, .nioCore, .nioHTTP1, .nioPosix]),
        adapter(
            "ClusterSurvey",
            [
                "AWSClient", "Addressing", "CapacityPlanner", "ClusterImport", "CredentialSources", "EC2Adapter", "IMDSAdapter", "JSON",
                "KubernetesAdapter", "SnapshotReading", .logging,
            ]),
        adapter("CommandLineTool", [.argumentParser]),
        adapter(
            "ConformanceRunner", ["Addressing", "CNISpec", "Conformance", "JSON", "NetlinkAdapter", "NodePorts", "PodNetwork"]),
        adapter("CredentialSources", ["AWSClient", "Addressing", "IMDSAdapter", "JSON", "Timeline"]),
        adapter("EC2Adapter", ["AWSClient", "Addressing", "NodePorts", "Timeline"]),
        adapter("EC2Host", ["AWSClient", "CredentialSources", "EC2Adapter", "IMDSAdapter", "NodePorts"]),
        adapter("HTTPServing", [.hummingbird, .hummingbirdCore, .logging, .nioCore, .serviceLifecycle]),
        adapter("IMDSAdapter", ["AWSClient", "Addressing", "JSON", "Timeline"]),
        adapter("JournalAdapter", ["Addressing", "IPAMEngine", "NodePorts", "PodNetwork", "Timeline"]),
        adapter(
            "KubernetesAdapter",
            ["JSON", "Timeline", .asyncHTTPClient, .logging, .nioCore, .nioHTTP1, .nioPosix, .nioSSL, .yams]),
        adapter("NetlinkAdapter", ["Addressing", "CNetlink", "CNetlinkShims", "NodePorts", "PodNetwork"]),
        adapter("NodeConfiguration", ["Addressing", "IPAMEngine", "InstanceTypes", "JSON", "PodNetwork", .yams]),
        adapter(
            "KubernetesNode",
            [
                "Addressing", "CNISpec", "IPAMEngine", "JSON", "KubernetesAdapter", "NodeConfiguration", "NodeReports", "NodeRuntime",
                "PodNetwork", "Timeline", .logging,
            ]),
        adapter("NodeInstall", ["CNISpec", "JSON", "PodNetwork", .crypto]),
        adapter("NftablesAdapter", ["CNftables", "NodePorts", "PodNetwork"]),
        adapter("OCIImage", [.crypto]),
        adapter(
            "PlanFile",
            ["Addressing", "CapacityPlanner", "IPAMEngine", "InstanceTypes", "NodeConfiguration", "VPCModel", .yams]),
        adapter("SnapshotReading", ["Addressing", "CapacityPlanner", "ClusterImport", "JSON"]),
        adapter(
            "NodeMigration",
            ["IncumbentState", "JSON", "Migration", "NodeConfiguration", "NodeInstall", "NodePorts"]),
        adapter("NodePortsTesting", ["Addressing", "NodePorts", "PodNetwork"]),
        adapter(
            "NodeRuntime",
            [
                "Addressing", "CNISpec", "IPAMEngine", "IncumbentState", "JSON", "NodePorts", "NodeReports", "PodNetwork", "Timeline",
                .logging,
            ]),
        adapter("PluginSocket", ["CNISpec", "CPluginSocket", "NodePorts", "PodNetwork"]),
        adapter("PrometheusHistory", ["AWSClient", "Addressing", "CapacityPlanner", "JSON"]),
        adapter(
            "SimulatedAWS",
            [
                "AWSClient", "Addressing", "HTTPServing", "InstanceTypes", "JSON", "NodePorts", "SimulatedVPC", "Timeline", "VPCModel",
                .hummingbird, .hummingbirdCore, .nioCore, .serviceLifecycle,
            ]),
        adapter(
            "SimulatedHost", ["Addressing", "InstanceTypes", "NodePorts", "PodNetwork", "SimulatedVPC", "VPCModel"]),
        adapter("SimulatedVPC", ["Addressing", "InstanceTypes", "NodePorts", "Timeline", "VPCModel"]),

        plugin("berth-cni", ["CPluginSocket", "CPluginSystem"]),
        program(
            "berthd",
            [
                "AWSClient", "Addressing", "CProcessMemory", "CNISpec", "CommandLineTool", "EC2Host", "HTTPServing", "IMDSAdapter",
                "IPAMEngine", "IncumbentState", "InstanceTypes", "JournalAdapter", "KubernetesAdapter", "KubernetesNode", "Migration",
                "NetlinkAdapter", "NftablesAdapter", "NodeConfiguration", "NodeInstall", "NodePorts", "NodeReports", "NodeRuntime",
                "PluginSocket", "PodNetwork", "SimulatedAWS",
                "SimulatedHost", "Timeline",
                .argumentParser, .hummingbird, .logging, .nioCore, .serviceLifecycle, .unixSignals,
            ]),
        program(
            "berth",
            [
                "AWSClient", "Addressing", "CNISpec", "CapacityPlanner", "ClusterImport", "ClusterSimulator", "ClusterSurvey",
                "CommandLineTool", "Conformance", "ConformanceRunner",
                "EC2Host", "IMDSAdapter", "IPAMEngine", "InstanceTypes", "JSON", "JournalAdapter", "Migration", "NetlinkAdapter",
                "NftablesAdapter",
                "NodeConfiguration", "NodeInstall", "NodeMigration", "NodePorts", "NodePortsTesting", "NodeReports", "NodeRuntime",
                "IncumbentState", "PlanFile", "PlanPage", "PodNetwork", "PrometheusHistory", "SimulatedAWS",
                "SimulatedHost", "Simulator", "SnapshotReading", "Timeline", "VPCModel",
                .argumentParser,
                .asyncHTTPClient, .logging, .nioCore, .nioFoundation, .nioHTTP1, .textTable, .unixSignals,
            ]),

        .executableTarget(
            name: "NodeBundler", dependencies: ["CommandLineTool", "OCIImage", .argumentParser], path: "Sources/Programs/NodeBundler",
            swiftSettings: strict),
        .plugin(
            name: "NodeBundle",
            capability: .command(
                intent: .custom(verb: "node-bundle", description: "Make the release archive and the image of a node's programs."),
                permissions: [.writeToPackageDirectory(reason: "The programs are built, and what is made of them goes to bin.")])),

        .target(name: "CMeasuring", path: "bench/CMeasuring", cSettings: [.treatAllWarnings(as: .error)]),
        .executableTarget(
            name: "berth-bench",
            dependencies: ["CMeasuring", "NetlinkAdapter", "NodePorts", "PodNetwork", .argumentParser, .textTable],
            path: "bench/Program", swiftSettings: strict),

        .executableTarget(
            name: "InstanceTypeTableGenerator", path: "Sources/Generators/InstanceTypeTableGenerator", swiftSettings: strict),
        .plugin(name: "InstanceTypeTable", capability: .buildTool(), dependencies: ["InstanceTypeTableGenerator"]),

        tests("AddressingTests", ["Addressing", "SeededRandom"]),
        tests("ArchitectureTests"),
        tests(
            "AWSClientTests", ["AWSClient", "AWSTesting", "SeededRandom", "Timeline"], resources: [.copy("Resources")]),
        .target(
            name: "AWSTesting", dependencies: ["AWSClient", "Timeline", .nioCore, .nioHTTP1, .nioPosix], path: "Tests/AWSTesting",
            swiftSettings: strict),
        tests("BenchmarkTests", ["EngineBenchmarkTool", "PluginSocket"]),
        .executableTarget(
            name: "CNIFuzzTool", dependencies: ["CNISpec", "JSON", "SeededRandom"], path: "Tests/CNIFuzzTool", swiftSettings: strict),
        tests(
            "CapacityPlannerTests", ["Addressing", "CapacityPlanner", "IPAMEngine", "InstanceTypes", "Simulator", "Timeline", "VPCModel"]),
        tests(
            "ClusterImportTests",
            [
                "Addressing", "CapacityPlanner", "ClusterImport", "IPAMEngine", "InstanceTypes", "NodeConfiguration", "PlanFile",
                "SeededRandom",
            ]),
        tests(
            "ClusterSurveyTests",
            [
                "AWSClient", "AWSTesting", "Addressing", "CapacityPlanner", "ClusterImport", "ClusterSurvey", "EC2Adapter", "InstanceTypes",
                "JSON", "KubernetesTesting", "SimulatedAWS", "SimulatedVPC", "SnapshotReading", "VPCModel", .logging,
            ]),
        tests(
            "ClusterSimulatorTests",
            ["Addressing", "CapacityPlanner", "ClusterSimulator", "IPAMEngine", "InstanceTypes", "Simulator", "VPCModel"]),
        tests("CNISpecTests", ["Addressing", "CNISpec", "JSON", "SeededRandom"]),
        tests("ConformanceTests", ["Addressing", "CNISpec", "Conformance", "JSON", "NodePorts", "PodNetwork"]),
        tests("CredentialSourcesTests", ["AWSClient", "AWSTesting", "CredentialSources", "IMDSAdapter"]),
        tests(
            "EC2AdapterTests", ["AWSClient", "AWSTesting", "Addressing", "EC2Adapter", "JSON", "NodePorts", "SeededRandom"],
            resources: [.copy("Resources")]),
        tests("EC2HostTests", ["AWSClient", "AWSTesting", "Addressing", "EC2Host", "IMDSAdapter", "NodePorts"]),
        .executableTarget(
            name: "EngineBenchmarkTool", dependencies: ["Addressing", "IPAMEngine", "Simulator", "Timeline"],
            path: "Tests/EngineBenchmarkTool", swiftSettings: strict, linkerSettings: [.linkedLibrary("m")]),
        tests(
            "EndToEndTests",
            [
                "AWSClient", "AWSTesting", "Addressing", "CNIFuzzTool", "CapacityPlanner", "EC2Adapter", "IMDSAdapter", "IncumbentState",
                "JSON", "KubernetesTesting", "NetlinkAdapter", "NetworkSnapshots", "NodeBundler",
                "NodePorts",
                "NodePortsTesting", "NodeReports", "PlanPageSamples", "PodNetwork", "SeededRandom", "SimulatedAWS", "SimulatedVPC",
                "VPCModel",
            ], exclude: ["Resources", "requirements.txt"]),
        tests("IMDSAdapterTests", ["AWSClient", "AWSTesting", "Addressing", "IMDSAdapter"]),
        tests("IncumbentStateTests", ["Addressing", "IncumbentState", "SeededRandom"]),
        tests("InstanceTypesTests", ["InstanceTypes"]),
        tests("IPAMEngineTests", ["Addressing", "IPAMEngine", "Timeline"]),
        .executableTarget(
            name: "JournalTortureTool", dependencies: ["Addressing", "IPAMEngine", "JournalAdapter", "Timeline"],
            path: "Tests/JournalTortureTool", swiftSettings: strict),
        tests(
            "JournalAdapterTests", ["Addressing", "IPAMEngine", "JournalAdapter", "JournalTortureTool", "NodePorts", "Timeline"]),
        tests("JSONTests", ["JSON", "SeededRandom"]),
        tests(
            "KubernetesAdapterTests", ["JSON", "KubernetesAdapter", "KubernetesTesting", "SeededRandom", "Timeline", .logging],
            exclude: ["Resources"]),
        .target(
            name: "KubernetesTesting", dependencies: ["JSON", .nioCore, .nioHTTP1, .nioPosix, .nioSSL], path: "Tests/KubernetesTesting",
            swiftSettings: strict),
        tests(
            "KubernetesNodeTests",
            [
                "CNISpec", "IPAMEngine", "JSON", "KubernetesAdapter", "KubernetesNode", "KubernetesTesting", "NodeConfiguration",
                "NodeRuntime", "PodNetwork", "Timeline", .logging,
            ]),
        tests(
            "ManifestTests", ["CommandLineTool", "NodeConfiguration", .yams], exclude: ["Resources", "requirements.txt"]),
        tests(
            "MigrationTests",
            ["Addressing", "IPAMEngine", "IncumbentState", "JSON", "Migration", "NodeConfiguration", "PodNetwork"]),
        tests("NetlinkAdapterTests", ["Addressing", "NetlinkAdapter", "PodNetwork"]),
        tests("NodeConfigurationTests", ["Addressing", "IPAMEngine", "InstanceTypes", "NodeConfiguration", "PodNetwork"]),
        tests("NodeInstallTests", ["CNISpec", "JSON", "NodeInstall"]),
        tests(
            "NodeRuntimeTests",
            [
                "Addressing", "CNISpec", "IPAMEngine", "IncumbentState", "NodePorts", "NodePortsTesting", "NodeReports", "NodeRuntime",
                "PodNetwork", "Timeline", .logging,
            ]),
        tests("NodeMigrationTests", ["Addressing", "IncumbentState", "Migration", "NodeInstall", "NodeMigration", "NodePorts"]),
        tests("NodePortsTestingTests", ["Addressing", "NodePorts", "NodePortsTesting", "PodNetwork"]),
        .target(name: "NetworkSnapshots", path: "Tests/NetworkSnapshots", swiftSettings: strict),
        tests("OCIImageTests", ["OCIImage"]),
        tests(
            "PlanFileTests", ["Addressing", "CapacityPlanner", "IPAMEngine", "InstanceTypes", "NodeConfiguration", "PlanFile"]),
        .target(
            name: "PlanPageSamples",
            dependencies: ["Addressing", "CapacityPlanner", "ClusterSimulator", "InstanceTypes", "PlanPage", "Simulator", "VPCModel"],
            path: "Tests/PlanPageSamples", swiftSettings: strict),
        tests("PlanPageTests", ["Addressing", "CapacityPlanner", "PlanPage", "PlanPageSamples"]),
        tests("PluginSocketTests", ["CNISpec", "CPluginSocket", "NodePorts", "PluginSocket", "PodNetwork", "berth-cni"]),
        tests(
            "PrometheusHistoryTests",
            ["AWSClient", "AWSTesting", "Addressing", "CapacityPlanner", "PrometheusHistory"]),
        tests("PodNetworkTests", ["Addressing", "PodNetwork"]),
        tests(
            "PrivilegedTests",
            [
                "Addressing", "InstanceTypes", "NetlinkAdapter", "NetworkSnapshots", "NftablesAdapter", "NodePorts", "NodePortsTesting",
                "PodNetwork", "SeededRandom", "SimulatedHost",
            ]),
        .target(name: "SeededRandom", path: "Tests/SeededRandom", swiftSettings: strict),
        tests(
            "SimulatedAWSTests",
            [
                "AWSClient", "AWSTesting", "Addressing", "EC2Adapter", "EC2Host", "IMDSAdapter", "IPAMEngine", "InstanceTypes", "NodePorts",
                "NodePortsTesting", "NodeRuntime", "SimulatedAWS", "SimulatedVPC", "Simulator", "Timeline", "VPCModel", .logging,
            ]),
        tests(
            "SimulatedHostTests",
            ["Addressing", "InstanceTypes", "NodeConfiguration", "NodePorts", "NodePortsTesting", "PodNetwork", "SimulatedHost"]),
        tests("SimulatorTests", ["Addressing", "IPAMEngine", "Simulator", "Timeline", "VPCModel"]),
        tests("SimulatedVPCTests", ["Addressing", "InstanceTypes", "NodePorts", "SimulatedVPC", "Timeline", "VPCModel"]),
        tests(
            "SnapshotReadingTests", ["Addressing", "CapacityPlanner", "ClusterImport", "JSON", "SeededRandom", "SnapshotReading"],
            exclude: ["Resources"]),
        tests("TimelineTests", ["SeededRandom", "Timeline"]),
        tests("VPCModelTests", ["Addressing", "InstanceTypes", "Timeline", "VPCModel"]),
    ]
)
