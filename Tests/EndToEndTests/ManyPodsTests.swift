import Addressing
import NetlinkAdapter
import NodeReports
import Synchronization
import Testing

extension EndToEnd {
    @Suite struct ManyPods {
        /// Prefix mode on a type that the recommendation lets have 250 pods, without cooldown.
        static let roomyNode = SimulatedCluster.Description(
            instanceType: "m5.12xlarge", settings: ["ENABLE_PREFIX_DELEGATION": 1, "IP_COOLDOWN_PERIOD": 0, "WARM_PREFIX_TARGET": 1])

        @Test func sixHundredAddressesAreHandedOutAndTakenBackAtSixteenAtOnceWithoutAnError() throws {
            try SimulatedCluster.run([Self.roomyNode]) { cluster in
                let node = cluster.nodes[0]
                let before = try KernelSnapshot(node.namespace)
                for round in 1...3 {
                    let pods = try (0..<200).map { try Pod("web-\(round)-\($0)", on: node) }
                    let addresses = try onThreads(16, pods) { try $0.add() }
                    #expect(Set(addresses).count == 200)
                    #expect(try node.held() == Dictionary(uniqueKeysWithValues: zip(pods.map(\.containerID), addresses)))
                    #expect(try pods[round].reaches(addresses[100 + round]))
                    _ = try onThreads(16, pods) { try $0.delete() }
                    #expect(try node.held() == [:])
                }
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
                let addresses = try node.status().addresses
                #expect(addresses.held == 0 && addresses.free == addresses.attached - addresses.cooling)
            }
        }

        @Test(arguments: [50, 200]) func manyADDsAndDELsAtOnceLoseNothing(atOnce: Int) throws {
            try SimulatedCluster.run([Self.roomyNode]) { cluster in
                let node = cluster.nodes[0]
                let before = try KernelSnapshot(node.namespace)
                let pods = try (0..<200).map { try Pod("web-\($0)", on: node) }
                let addresses = try onThreads(atOnce, pods) { try $0.add() }
                #expect(Set(addresses).count == 200)
                #expect(try node.held() == Dictionary(uniqueKeysWithValues: zip(pods.map(\.containerID), addresses)))
                _ = try onThreads(atOnce, pods) { try $0.delete() }
                #expect(try node.held() == [:])
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
            }
        }

        /// A runtime that timed out asks again while its first call is still under way.
        @Test func anADDAndADELOfOneContainerThatRaceLeaveItEitherWholeOrGone() throws {
            try SimulatedCluster.run([Self.roomyNode]) { cluster in
                let node = cluster.nodes[0]
                let before = try KernelSnapshot(node.namespace)
                let other = try Pod("other", on: node)
                try other.add()
                let pods = try (0..<8).map { try Pod("web-\($0)", on: node) }
                for round in 0..<15 {
                    let calls = (0..<3).flatMap { _ in pods.flatMap { pod in ["ADD", "DEL"].map { (pod, $0) } } }
                    let outcomes = try onThreads(24, calls) { pod, command in try pod.call(command) }
                    for (call, outcome) in zip(calls, outcomes) where call.1 == "DEL" {
                        #expect(outcome.status == 0 && outcome.output.isEmpty, "round \(round): \(outcome)")
                    }
                    let held = try node.held()
                    for pod in pods {
                        guard let address = held[pod.containerID] else { continue }
                        #expect(try other.reaches(address), "round \(round)")
                    }
                    #expect(Set(held.values).count == held.count)
                    for pod in pods { try pod.delete() }
                    #expect(try Set(node.held().keys) == [other.containerID])
                }
                try other.delete()
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
            }
        }

        @Test func addressesThatComeAndGoSideBySideNeverHaveTwoHolders() throws {
            try SimulatedCluster.run([Self.roomyNode]) { cluster in
                let node = cluster.nodes[0]
                let before = try KernelSnapshot(node.namespace)
                let register = Register()
                let pods = try (0..<16).map { try Pod("web-\($0)", on: node) }
                _ = try onThreads(16, pods) { pod in
                    for _ in 0..<25 {
                        let address = try pod.add()
                        register.take(address, pod.containerID)
                        // Given up before the DEL, since another pod may have the address before DEL's answer is here.
                        register.leave(address)
                        try pod.delete()
                    }
                }
                #expect(register.faults == [])
                #expect(try node.held() == [:])
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
            }
        }
    }
}

/// Who holds which address as the runtime was told, and every time that two did.
final class Register: Sendable {
    private let state = Mutex<(holders: [IPv4Address: String], faults: [String])>(([:], []))

    var faults: [String] { state.withLock(\.faults) }

    func take(_ address: IPv4Address, _ holder: String) {
        state.withLock { state in
            if let other = state.holders.updateValue(holder, forKey: address) {
                state.faults.append("\(address) was given to \(holder) while \(other) had it")
            }
        }
    }

    func leave(_ address: IPv4Address) {
        state.withLock { $0.holders[address] = nil }
    }
}
