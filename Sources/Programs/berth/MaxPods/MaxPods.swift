import ArgumentParser
import CommandLineTool
import InstanceTypes
import NodeConfiguration

/// `berth max-pods`: how many pods the kubelet of an instance type should be told to take.
struct MaxPods: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say how many pods the kubelet of an instance type should be told to take.",
        discussion: """
            Several types, as of a node group with mixed instances, are told one by one; the group goes by the smallest. With --output \
            json each is one object on a line of its own.

            Exit codes: 0 told; 2 bad input, such as a type that is not known.
            """)

    @Option(name: .long, help: ArgumentHelp("A type such as m5.large. May be repeated, or hold several with commas.", valueName: "type"))
    var instanceType: [String] = []

    @Flag(help: "Every type of the table, in place of --instance-type; without those that cannot have the mode.")
    var all = false

    @Option(help: "How pods get their addresses: \(PodMode.allCases.map(\.rawValue).joined(separator: ", ")).")
    var mode: PodMode = .secondary

    @Flag(help: "Pods take addresses from other subnets than the node's (an ENIConfig); the primary ENI carries none.")
    var customNetworking = false

    @Flag(help: "Security groups for pods (ENABLE_POD_ENI): one ENI is the trunk. Pods on branch ENIs are limited apart.")
    var podENI = false

    @Flag(help: "Do not hold the figure to what Amazon recommends: 110 pods below 30 vCPUs, 250 from there.")
    var uncapped = false

    @Option(help: "What to print: \(MaxPodsFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
    var format: MaxPodsFormat = .table

    @Option(name: .shortAndLong, help: "How to print a table.")
    var output: OutputFormat = .table

    func validate() throws {
        guard all != !instanceType.isEmpty else {
            throw ValidationError("Name the types with --instance-type, or ask for every one with --all.")
        }
        if output == .json, format != .table { throw ValidationError("--output json is in place of --format \(format.rawValue).") }
        if all, format != .table { throw ValidationError("--format \(format.rawValue) is for one node group; name its types.") }
        if customNetworking, mode == .ipv6 {
            throw ValidationError("Custom networking is about IPv4 addresses; leave out --custom-networking, or choose another --mode.")
        }
        let problems = try chosenTypes.compactMap { mode.obstacle(on: $0) }
        if !problems.isEmpty { throw ValidationError(problems.joined(separator: "\n")) }
    }

    func run() async throws {
        let answers = try chosenTypes.map {
            MaxPodsAnswer($0, mode: mode, customNetworking: customNetworking, podENI: podENI, isCapped: !uncapped)
        }
        for answer in answers { answer.warning.map { StandardError.write("berth: \($0)") } }
        let group = MaxPodsGroup(answers: answers, isOneGroup: !all)
        print(try output == .json ? group.json : group.text(format))
    }

    private var chosenTypes: [InstanceType] {
        get throws {
            if all { return InstanceType.all.filter { mode.obstacle(on: $0) == nil } }
            let names = instanceType.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
                .map { String($0.filter { $0 != " " }) }
            let unknown = names.filter { InstanceType.named($0) == nil }
            guard unknown.isEmpty else { throw ValidationError(unknown.map(Self.problem).joined(separator: "\n")) }
            var seen: Set<String> = []
            return names.filter { seen.insert($0).inserted }.compactMap(InstanceType.named)
        }
    }

    private static func problem(withName name: String) -> String {
        let nearest = nearestNames(to: name, among: InstanceType.all.map(\.name), count: 3)
        let shown = name.utf8.count <= 64 ? "\"\(name)\"" : "a text of \(name.utf8.count) bytes"
        let remedy = nearest.isEmpty ? "Give one such as m5.large." : "Did you mean \(nearest.joined(separator: ", "))?"
        return "\(shown) is none of the \(InstanceType.all.count) instance types that are known. \(remedy)"
    }
}

extension PodMode: ExpressibleByArgument {}
