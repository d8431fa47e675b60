import Addressing
import Foundation
import JSON
import KubernetesTesting
import NodeReports
import Testing

extension EndToEnd {
    /// The daemon in a cluster: what it follows there, and what the cluster hears of it.
    @Suite struct Kubernetes {
        private typealias Description = SimulatedCluster.Description

        @Test func theNodeSaysThatItsNetworkIsThereAndTakesBackWhatItSaid() async throws {
            // A t3.small with one ENI has three addresses; the rest of its life is spent without EC2.
            let description = Description(settings: ["IP_COOLDOWN_PERIOD": 0, "MAX_ENI": 1], texts: ["BERTH_NODE_TAINT": "berth.dev/none"])
            try await NodeInCluster.run(description) { member in
                try member.start(awaiting: 3)
                #expect(eventually { member.condition("NetworkUnavailable")?["status"]?.string == "False" }, "\(member.object)")
                #expect(member.object["status"]?["capacity"]?["berth.dev/pod-addresses"]?.string == "3")
                #expect(member.object["spec"]?["taints"] == nil)
                // Nothing more is written while nothing changes.
                let writes = member.server.requests.count { $0.method != "GET" }
                member.server.forgetRequests()
                #expect(writes <= 2, "\(writes)")
                let status = try member.node.status()
                #expect(status.cluster?.contact == .reached && status.cluster?.faults == [], "\(status)")
                #expect(try member.berth("status").output.contains("\(member.server.url), reached"))
                #expect(try member.node.metrics().contains("berth_kubernetes_requests_total{verb=\"watch\",resource=\"pods\"} 1"))
                #expect(member.node.terminate() == 0, "\(member.node.log.suffix(2000))")
            }
        }

        @Test func addressesAreThereBeforeThePodsThatWereBoundAsk() async throws {
            let description = Description(
                instanceType: "m5.large", settings: ["IP_COOLDOWN_PERIOD": 0, "WARM_IP_TARGET": 1, "MINIMUM_IP_TARGET": 1])
            try await NodeInCluster.run(description) { member in
                try member.start()
                let before = try member.node.status().addresses.free
                for number in 0..<12 { try member.server.put(member.podObject("web-\(number)")) }
                #expect(
                    try eventually { try member.node.status().addresses.free >= 13 }, "\(before) before: \(member.node.log.suffix(2000))")
                let explained = try member.berth("explain", "pool").output
                #expect(explained.contains("12 expected"), "\(explained)")
                // Pods come and run; those that never come and leave again cost nothing in the end.
                let pods = try (0..<6).map { try Pod("web-\($0)", on: member.node) }
                for pod in pods {
                    let address = try pod.add()
                    try member.server.put(member.podObject(pod.name, address: "\(address)"))
                }
                for number in 6..<12 { member.server.remove("pods", "web-\(number)", namespace: "default") }
                #expect(try eventually { try member.berth("explain", "pool").output.contains(" 0 expected") })
                for pod in pods { try pod.delete() }
            }
        }

        @Test func anAnnotationOfTheNodeIsASettingFromOneMomentToTheNextAndAFaultyOneIsToldAndChangesNothing() async throws {
            let description = Description(
                instanceType: "m5.large", settings: ["IP_COOLDOWN_PERIOD": 0, "WARM_IP_TARGET": 1, "MINIMUM_IP_TARGET": 1])
            try await NodeInCluster.run(description) { member in
                try member.start()
                let key = "settings.berth.dev/WARM_IP_TARGET"
                try member.server.put(member.nodeObject(annotations: [key: "6"]))
                #expect(try eventually { try member.node.status().addresses.free == 6 }, "\(member.node.log.suffix(2000))")
                try member.server.put(
                    member.nodeObject(annotations: [key: "many"], labels: ["settings.berth.dev/CLUSTER_NAME": "prod"]))
                #expect(
                    eventually { member.events(about: NodeInCluster.name)["InvalidSettings"] != nil }, "\(member.node.log.suffix(2000))")
                let event = member.events(about: NodeInCluster.name)["InvalidSettings"]
                #expect(event?["message"]?.string?.contains("annotation \(key): WARM_IP_TARGET is \"many\"") == true, "\(event as Any)")
                let report = try member.node.status()
                #expect(report.cluster?.faults.count == 1 && report.addresses.free == 6, "\(report)")
                #expect(try member.berth("status").output.contains("not heeded"))
                // The fault goes, and what it held up is followed; what takes a start is told.
                try member.server.put(
                    member.nodeObject(annotations: [key: "2"], labels: ["settings.berth.dev/CLUSTER_NAME": "prod"]))
                #expect(try eventually { try member.node.status().cluster?.faults == [] })
                #expect(try eventually { try member.node.status().cluster?.needingStart == ["CLUSTER_NAME"] })
                #expect(eventually { member.events(about: NodeInCluster.name)["SettingsNeedStart"] != nil })
            }
        }

        @Test func aCordonedNodeKeepsNoFreeAddresses() async throws {
            let description = Description(settings: ["IP_COOLDOWN_PERIOD": 0])
            try await NodeInCluster.run(description) { member in
                try member.start()
                try member.server.put(member.nodeObject(spec: #""unschedulable":true"#))
                #expect(try eventually { try member.berth("explain", "pool").output.contains("the node is cordoned") })
                try member.server.put(member.nodeObject())
                #expect(try eventually { try !member.berth("explain", "pool").output.contains("the node is cordoned") })
            }
        }

        @Test func aPodThatFindsNoAddressIsToldWhyInAnEvent() async throws {
            let description = Description(settings: ["IP_COOLDOWN_PERIOD": 0, "MAX_ENI": 1, "BERTH_ADD_BUDGET": 5])
            try await NodeInCluster.run(description) { member in
                try member.start(awaiting: 3)
                let pods = try (0..<3).map { try Pod("web-\($0)", on: member.node) }
                for pod in pods { try pod.add() }
                try member.server.put(member.podObject("late"))
                let late = try Pod("late", on: member.node)
                let call = try ChildProcess([Programs.plugin], environment: late.variables("ADD"), input: NetworkConfiguration().json)
                // While it waits its owner hears of it.
                #expect(eventually { member.events(about: "late")["EniSlotsUsedUp"] != nil }, "\(member.node.log.suffix(2000))")
                let event = try #require(member.events(about: "late")["EniSlotsUsedUp"])
                #expect(event["message"]?.string?.hasPrefix("Waiting for an address on node-a: All 1 ENIs") == true, "\(event)")
                #expect(event["involvedObject"]?["uid"]?.string == "uid-late" && event["type"]?.string == "Warning")
                #expect(event["metadata"]?["namespace"]?.string == "default" && event["source"]?["host"]?.string == "node-a")
                let outcome = call.finish()
                #expect(outcome.status == 1)
                // One that the cluster has never heard of is nobody's to be told.
                let unknown = try Pod("unknown", on: member.node)
                #expect(try unknown.call("ADD").status == 1)
                #expect(member.events(about: "unknown").isEmpty)
                #expect(eventually { member.object["status"]?["capacity"]?["berth.dev/pod-addresses"]?.string == "3" })
            }
        }

        @Test func aPoolIsChosenByThePodsAnnotationAndItsAddressesAreWrittenDown() async throws {
            let description = Description(
                instanceType: "m5.large", settings: ["IP_COOLDOWN_PERIOD": 0], texts: ["ANNOTATE_POD_IP": "true"])
            try await NodeInCluster.run(description, further: "pools:\n  red: {subnets: [subnet-1a]}\n") { member in
                try member.start()
                try member.server.put(member.podObject("red", annotations: #""berth.dev/pool":"red""#))
                try member.server.put(member.podObject("plain"))
                let (red, plain) = (try Pod("red", on: member.node), try Pod("plain", on: member.node))
                #expect(try eventually { try member.berth("explain", "pool").output.contains("red") })
                let (inRed, inOwn) = (try red.add(), try plain.add())
                let (red1a, own0a) = (try #require(IPv4CIDR("10.0.64.0/20")), try #require(IPv4CIDR("10.0.32.0/20")))
                #expect(red1a.contains(inRed) && own0a.contains(inOwn), "\(inRed) \(inOwn)")
                #expect(
                    eventually {
                        member.server.object("pods", "red", namespace: "default")?["metadata"]?["annotations"]?[
                            "vpc.amazonaws.com/pod-ips"]?
                            .string == "\(inRed)"
                    })
                for pod in [red, plain] { try pod.delete() }
            }
        }

        @Test func theENIConfigIsTheClustersAndANewOneIsForFurtherENIs() async throws {
            let description = Description(
                instanceType: "m5.large", settings: ["IP_COOLDOWN_PERIOD": 0, "WARM_IP_TARGET": 2],
                texts: ["AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true", "ENI_CONFIG_LABEL_DEF": "zone"])
            let further = "eniConfigs:\n  default: {subnet: subnet-0a}\n"
            try await NodeInCluster.run(description, further: further) { member in
                func config(_ subnet: String) -> String {
                    #"{"apiVersion":"crd.k8s.amazonaws.com/v1alpha1","kind":"ENIConfig","metadata":{"name":"a"},"spec":{"subnet":"\#(subnet)"}}"#
                }
                try member.server.put(member.nodeObject(labels: ["zone": "a"]))
                try member.server.put(config("subnet-1a"))
                try member.start(awaiting: 2)
                #expect(try member.node.enis().filter { $0.deviceIndex > 0 }.map(\.subnet.rawValue) == ["subnet-1a"])
                // Gone while the node runs: what was said last holds, and the fault is told.
                member.server.remove("eniconfigs", "a")
                #expect(try eventually { try member.node.status().cluster?.faults.count == 1 }, "\(member.node.log.suffix(2000))")
                #expect(try member.node.enis().count == 2)
                try member.server.put(config("subnet-0a"))
                #expect(try eventually { try member.node.status().cluster?.faults == [] })
                let pods = try (0..<10).map { try Pod("web-\($0)", on: member.node) }
                _ = try onThreads(4, pods) { try $0.add() }
                #expect(
                    try eventually {
                        try Set(member.node.enis().filter { $0.deviceIndex > 0 }.map(\.subnet.rawValue)) == ["subnet-1a", "subnet-0a"]
                    },
                    "\(member.node.log.suffix(2000))")
                for pod in pods { try pod.delete() }
            }
        }

        @Test func aNodeStartsAndServesPodsWhileTheAPIServerIsAwayAndCatchesUp() async throws {
            let description = Description(
                instanceType: "m5.large", settings: ["IP_COOLDOWN_PERIOD": 0, "WARM_IP_TARGET": 1, "MINIMUM_IP_TARGET": 1])
            try await NodeInCluster.run(description) { member in
                let key = "settings.berth.dev/WARM_IP_TARGET"
                try member.server.put(member.nodeObject(annotations: [key: "6"]))
                try member.start()
                #expect(try eventually { try member.node.status().addresses.free == 6 })
                let pod = try Pod("web", on: member.node)
                try pod.add()
                #expect(member.node.terminate() == 0)

                // Nobody answers: what the cluster said last holds.
                member.server.inject(.hang, times: 1000)
                try member.start()
                #expect(try eventually { try member.node.status().addresses.free == 6 }, "\(member.node.log.suffix(2000))")
                let other = try Pod("api", on: member.node)
                let started = ContinuousClock.now
                try other.add()
                #expect(ContinuousClock.now - started < .seconds(2), "an ADD waited for the API server")
                #expect(try member.node.status().cluster?.contact != .reached)
                #expect(try member.berth("status").output.contains("away: "))

                member.server.heal()
                member.server.cutWatches()
                try member.server.put(member.nodeObject(annotations: [key: "3"]))
                #expect(
                    try eventually(within: .seconds(90)) { try member.node.status().cluster?.contact == .reached },
                    "\(member.node.log.suffix(3000))")
                #expect(try eventually { try member.berth("explain", "pool").output.contains("3") })
                for pod in [pod, other] { try pod.delete() }
            }
        }

        @Test(arguments: ["refused", "switched-off"]) func aNodeThatMayWriteNothingWorksAllTheSame(how: String) async throws {
            let texts = how == "switched-off" ? ["BERTH_KUBERNETES_WRITES": "false"] : [:]
            let description = Description(settings: ["IP_COOLDOWN_PERIOD": 0], texts: texts)
            try await NodeInCluster.run(description) { member in
                member.server.allow(only: [
                    "get nodes", "list nodes", "watch nodes", "list pods", "watch pods", "list namespaces", "watch namespaces",
                ])
                try member.start()
                let pod = try Pod("web", on: member.node)
                try pod.add()
                try pod.delete()
                if how == "switched-off" {
                    #expect(member.writes.isEmpty, "\(member.writes)")
                } else {
                    #expect(eventually { !member.writes.isEmpty })
                }
                #expect(try member.node.status().cluster?.contact == .reached)
            }
        }

        /// An hour of a node with 110 pods, each replaced every ten minutes: what the API server is asked, and what the daemon weighs.
        @Test func anHourOf110PodsCostsFewRequestsAndLittleMemory() async throws {
            let (podCount, rounds) = (110, 6)
            let description = Description(
                instanceType: "m5.large", settings: ["IP_COOLDOWN_PERIOD": 0, "BERTH_MAX_PODS": 110],
                texts: ["ENABLE_PREFIX_DELEGATION": "true"])
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("certificates-\(getpid())").path
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try await NodeInCluster.run(description, certificates: try TestCertificates(in: folder)) { member in
                for number in 0..<50 {
                    try member.server.put(#"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"team-\#(number)"}}"#)
                }
                try member.start()
                member.server.forgetRequests()
                for round in 0..<rounds {
                    let pods = try (0..<podCount).map { try Pod("web-\(round)-\($0)", on: member.node) }
                    for pod in pods { try member.server.put(member.podObject(pod.name)) }
                    let addresses = try onThreads(4, pods) { try $0.add() }
                    #expect(Set(addresses).count == podCount)
                    for (pod, address) in zip(pods, addresses) {
                        // The kubelet reports a pod's state some times: containers are made, run, are ready.
                        for _ in 0..<3 { try member.server.put(member.podObject(pod.name, address: "\(address)")) }
                    }
                    _ = try onThreads(4, pods) { try $0.delete() }
                    for pod in pods {
                        member.server.remove("pods", pod.name, namespace: "default")
                        try pod.removeNamespace()
                    }
                    // Servers end watches after five to ten minutes; the kubelet reports the node every five.
                    let watches = member.server.requests.count(where: \.isWatch)
                    member.server.endWatches()
                    #expect(
                        eventually(within: .seconds(60)) { member.server.requests.count(where: \.isWatch) == watches + 3 },
                        "\(member.node.log.suffix(2000))")
                    for _ in 0..<2 { try member.server.put(member.nodeObject()) }
                }
                let requests = Dictionary(grouping: member.server.requests) { "\($0.method) \($0.path)\($0.isWatch ? " watch" : "")" }
                    .mapValues(\.count)
                // A daemon gives back what a burst took, once a minute at most.
                var weight = try member.node.residentBytes()
                _ = try eventually(within: .seconds(90)) {
                    weight = try member.node.residentBytes()
                    return weight <= 32 << 20
                }
                print(
                    "An hour of \(podCount) pods, \(podCount * rounds) in all: \(requests.values.reduce(0, +)) requests, \(requests.sorted { $0.key < $1.key }), "
                        + "\(weight >> 10) KiB resident")
                #expect(requests.values.reduce(0, +) <= 60, "\(requests)")
                #expect(weight <= 32 << 20, "\(weight >> 20) MiB")
                #expect(try member.node.status().pods == 0)
            }
        }
    }
}
