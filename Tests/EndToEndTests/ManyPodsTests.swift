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
