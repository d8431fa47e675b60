import Addressing
import Foundation
import SimulatedVPC
import Testing
import VPCModel

extension EndToEnd {
    /// The daemon on an instance whose AWS is another process, in every way of giving addresses.
    @Suite struct EC2Modes {
        @Test func inEveryModeAnInstanceIsTakenToFullCapacityAndBackAndLeavesNoENIBehind() throws {
            let documented = try DocumentedCalls.all()
            #expect(documented.count > 8)
            let courses = try onThreads(Mode.all.count, Mode.all) { try Course($0) }
            #expect(courses.count == 5)
            for (mode, course) in zip(Mode.all, courses) {
                #expect(course.refusals == [], "\(mode.name)")
                #expect(Set(course.addresses).count == mode.pods * mode.families, "\(mode.name): \(course.addresses)")
                #expect(course.full == mode.full, "\(mode.name)")
                #expect(course.empty == mode.empty, "\(mode.name)\n\(course.log.suffix(4000))")
                #expect(course.violations == [], "\(mode.name)")
                #expect(course.leftovers == [], "\(mode.name)")
                #expect(!course.calls.isEmpty && course.calls.isSubset(of: documented), "\(mode.name): \(course.calls)")
                #expect(course.exit == 0, "\(mode.name)")
                #expect(course.afterInstance == [], "\(mode.name)")
            }
        }
    }
}

/// A way of giving addresses on an instance type, and what it comes to.
private struct Mode: Sendable {
    typealias ENI = InstanceOverHTTP.ENI

    var name: String
    var type = "t3.small"
    var settings: [String: String] = [:]
    var configuration = ""
    /// As many as there can be, or for IPv6, whose addresses do not end, as many as will do.
    var pods: Int
    var families = 1
    var full: [ENI]
    /// What is kept for the next pod: one address or block, where it can be had, and the ENI that it takes.
    var empty: [ENI]

    /// ENIs that are alike.
    private static func enis(_ indices: ClosedRange<Int>, _ subnet: String = "subnet-0a", _ fill: (inout ENI) -> Void) -> [ENI] {
        indices.map {
            var eni = ENI(deviceIndex: $0, subnet: subnet)
            fill(&eni)
            return eni
        }
    }

    /// A t3.small takes 3 ENIs of 3 addresses or prefixes beside their own, a t3.nano 2 of 1.
    static let all = [
        Mode(name: "secondary", pods: 9, full: enis(0...2) { $0.addresses = 3 }, empty: enis(0...0) { $0.addresses = 1 }),
        Mode(
            name: "prefix", type: "t3.nano", settings: ["ENABLE_PREFIX_DELEGATION": "true"], pods: 32,
            full: enis(0...1) { $0.prefixes = 1 }, empty: enis(0...0) { $0.prefixes = 1 }),
        Mode(
            name: "custom", settings: ["AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true"],
            configuration: "labels: {k8s.amazonaws.com/eniConfig: zone-a}\neniConfigs:\n  zone-a: {subnet: subnet-1a}\n", pods: 6,
            full: enis(0...0) { _ in } + enis(1...2, "subnet-1a") { $0.addresses = 3 },
            empty: enis(0...0) { _ in } + enis(1...1, "subnet-1a") { $0.addresses = 1 }),
        Mode(
            name: "ipv6", settings: ["ENABLE_IPv4": "false", "ENABLE_IPv6": "true", "ENABLE_PREFIX_DELEGATION": "true"], pods: 20,
            full: enis(0...0) { $0.ipv6Prefixes = 1 }, empty: enis(0...0) { $0.ipv6Prefixes = 1 }),
        Mode(
            name: "dual", settings: ["ENABLE_IPv6": "true"], pods: 9, families: 2,
            full: enis(0...2) {
                $0.addresses = 3
                $0.ipv6Prefixes = 1
            },
            empty: enis(0...0) {
                $0.addresses = 1
                $0.ipv6Prefixes = 1
            }),
    ]
}

/// What became of an instance that was filled with pods and emptied again.
private struct Course: Sendable {
    var refusals: [String] = []
    var addresses: [IPAddress] = []
    var full: [Mode.ENI] = []
    var empty: [Mode.ENI] = []
    /// What is left when the instance has been terminated.
    var afterInstance: [Mode.ENI] = []
    var violations: [String] = []
    var leftovers: [String] = []
    var calls: Set<String> = []
    var exit: Int32 = -1
    var log = ""

    init(_ mode: Mode) throws {
        self = try InstanceOverHTTP.run(mode.type, named: mode.name) { instance in
            var course = Course()
            let (node, file) = (instance.node, "\(instance.node.runDirectory).yaml")
            try mode.configuration.write(toFile: file, atomically: true, encoding: .utf8)
            let least = ["WARM_IP_TARGET": "1", "IP_COOLDOWN_PERIOD": "0"]
            let environment = instance.environment.merging(least) { $1 }.merging(mode.settings) { $1 }
            try node.start(environment, options: mode.configuration.isEmpty ? [] : ["--config", file])
            let before = try KernelSnapshot(node.namespace)
            let pods = try (0..<mode.pods).map { try Pod("web-\($0)", on: node) }
            for outcome in try onThreads(3, pods, { try $0.call("ADD") }) {
                if outcome.status != 0 { course.refusals.append("\(outcome)") }
                course.addresses += outcome.addresses.map(\.network)
            }
            _ = try eventually { try instance.enis() == mode.full }
            course.full = try instance.enis()
            for pod in pods { try pod.delete() }
            _ = try eventually(within: .seconds(240)) { try Self.packed(instance.enis()) == mode.empty }
            course.empty = Self.packed(try instance.enis())
            course.violations = try instance.violations()
            course.leftovers = try KernelSnapshot.differences(of: node.namespace, from: before)
            course.exit = node.terminate()
            (course.calls, course.log) = (node.calls, node.log)
            let id = InstanceID(unchecked: try instance.instance())
            try instance.vpc.perform { (vpc, now) throws(VPCError) in try vpc.terminateInstance(id, at: now) }
            course.afterInstance = try instance.enis()
            return course
        }
    }

    /// ENIs with their places closed up: which of them is the last to go is chance.
    private static func packed(_ enis: [Mode.ENI]) -> [Mode.ENI] {
        enis.enumerated().map { index, eni in
            var eni = eni
            eni.deviceIndex = eni.deviceIndex.map { _ in index }
            return eni
        }
    }

    private init() {}
}
