import Addressing
import IPAMEngine
import NodePorts
import NodePortsTesting
import NodeReports
import NodeRuntime
import PodNetwork
import Testing

/// Pods that ask for an interface on each network card, on a node with two cards.
@Suite struct SeveralCardsTests {
    private static func configuration(_ extra: String = "") -> String {
        #"""
        {"cniVersion":"1.1.0","name":"berth","type":"berth-cni",\#(extra)"runtimeConfig":{"io.kubernetes.cri.pod-annotations":\#
        {"k8s.amazonaws.com/nicConfig":"multi-nic-attachment"}}}
        """#
    }

    private static func onSecondCard(addresses: Int) -> AttachedENI {
        AttachedENI(
            id: ENIID(unchecked: "eni-1a"), mac: MACAddress(bits: 0x02_00_00_00_01_0a), card: 1, deviceIndex: 1,
            subnet: SubnetID(unchecked: "subnet-0a"), subnetBlock: SmallEC2.block, primaryAddress: IPv4Address(10, 0, 32, 100),
            secondaryAddresses: (0..<addresses).map { SmallEC2.address(100 + $0) }, prefixes: [])
    }

    private func node(addressesOnSecondCard: Int = 2, garbageAgeMin: Duration = .zero) -> TestNode {
        let primary = SmallEC2(addresses: 3).attached
        let other = Self.onSecondCard(addresses: addressesOnSecondCard)
        return TestNode(
            garbageAgeMin: garbageAgeMin,
            adjust: { settings in
                settings.allowsSeveralCards = true
                settings.engine.limits = NodeLimits(enisByCard: [1, 1], slotsPerENI: 3, maxPods: 110)
            },
            journal: KeptJournal([.eniAttached(primary), .eniAttached(other)]))
    }

    @Test func anADDMakesAnInterfaceOnEachCardAndADELTakesAllBack() throws {
        let node = node()
        let pod = TestPod("web", on: node)
        let before = try (node.hostObjects(), node.objects(of: pod.namespace))
        let added = try #require(node.call("ADD", pod, input: Self.configuration()).answered)
        #expect(added.exitStatus == 0, "\(added.text)")
        for words in [#""address":"10.0.32.11/32""#, #""address":"10.0.32.111/32""#, #""name":"mNicIf1""#, #""interface":3"#] {
            #expect(added.text.contains(words), "\(added.text)")
        }
        let inThePod = [
            "address 10.0.32.11/32 dev eth0", "route default via 169.254.1.1 dev eth0", "address 10.0.32.111/32 dev mNicIf1",
            "route default via 169.254.1.2 dev mNicIf1 table 1", "rule priority 1 from 10.0.32.111/32 lookup 1",
        ]
        #expect(try node.objects(of: pod.namespace).isSuperset(of: inThePod))
        #expect(try node.hostObjects().contains("rule priority 1536 from 10.0.32.111/32 lookup 10101"))
        #expect(node.status.pods == 2)
        let check = Self.configuration(#""prevResult":\#(added.text),"#)
        #expect(try node.call("CHECK", pod, input: check).answered == .silent)
        #expect(try node.call("DEL", pod).answered == .silent)
        node.stop()
        #expect(try node.hostObjects() == before.0)
        // Rules of a pod's namespace outlive its links, and end with the namespace.
        #expect(try node.objects(of: pod.namespace).subtracting(before.1) == ["rule priority 1 from 10.0.32.111/32 lookup 1"])
        #expect(node.held == [:] && node.kernel.openDescriptorCount == 0)
    }

    /// Without its table, the default route of a further interface would read as a second one of the pod.
    @Test(arguments: ["1.0.0", "1.1.0"]) func theResultTellsARouteOfAFurtherInterfaceWhereItCanNameItsTable(version: String) throws {
        let node = node()
        let configuration = Self.configuration().replacing("1.1.0", with: version)
        let added = try #require(node.call("ADD", TestPod("web", on: node), input: configuration).answered)
        #expect(added.text.contains(#""gateway":"169.254.1.2""#), "\(added.text)")
        let first = #"{"dst":"0.0.0.0/0","gw":"169.254.1.1"}"#
        let routes = version == "1.1.0" ? #"[\#(first),{"dst":"0.0.0.0/0","gw":"169.254.1.2","table":1}]"# : "[\(first)]"
        #expect(added.text.contains(#""routes":\#(routes)"#), "\(added.text)")
    }

    @Test func checkNamesWhatAFurtherInterfaceHasLost() throws {
        let node = node()
        let pod = TestPod("web", on: node)
        let added = try #require(node.call("ADD", pod, input: Self.configuration()).answered)
        let sandbox = try node.kernel.kernel(for: pod.namespace).openHost()
        let rule = try #require(try sandbox.rules().first { $0.priority == PodNetworkPlan.fromInterfacePriority })
        #expect(try sandbox.perform([.delete(.rule(rule))], sandboxNetns: nil) == [nil])
        let check = try #require(node.call("CHECK", pod, input: Self.configuration(#""prevResult":\#(added.text),"#)).answered)
        #expect(check.code == 113 && check.message.contains("in 1 thing: \(rule) is missing in the pod"), "\(check.text)")
    }

    @Test func aCardWithoutAnAddressHoldsTheADDAndADELTakesBackWhatWasMade() throws {
        let node = node(addressesOnSecondCard: 0)
        let pod = TestPod("web", on: node)
        let before = try node.hostObjects()
        let call = try node.call("ADD", pod, input: Self.configuration())
        #expect(call.answered == nil && node.status.waiting == 1 && node.status.pods == 1)
        #expect(try node.call("DEL", pod).answered == .silent)
        #expect(call.answered?.code == 11, "\(call.answered?.text ?? "")")
        node.stop()
        #expect(try node.hostObjects() == before)
        #expect(node.held == [:] && node.status.waiting == 0)
    }

    /// Whichever change of the kernel fails, of the first interface or of the second.
    @Test(arguments: 1...18) func anADDThatFailsLeavesNothingOfAnyInterface(change: Int) throws {
        let node = node()
        let pod = TestPod("web", on: node)
        let before = try node.hostObjects()
        node.faults.fail(change, .refusal)
        let added = try #require(node.call("ADD", pod, input: Self.configuration()).answered)
        try #require(added.exitStatus == 1, "the ADD takes fewer than \(change) changes: \(added.text)")
        node.stop()
        #expect(try node.hostObjects() == before)
        #expect(node.held == [:])
    }

    @Test func aPodThatDoesNotAskHasOneInterface() throws {
        let node = node()
        try #require(node.call("ADD", TestPod("web", on: node)).answered?.exitStatus == 0)
        #expect(node.status.pods == 1)
    }

    @Test func garbageCollectionKeepsTheFurtherInterfacesOfAPodThatIsListed() throws {
        let node = node()
        for name in ["web", "api"] {
            try #require(node.call("ADD", TestPod(name, on: node), input: Self.configuration()).answered?.exitStatus == 0)
        }
        node.clock.advance(by: .seconds(1))
        let list = #"{"cniVersion":"1.1.0","name":"berth","cni.dev/valid-attachments":[{"containerID":"sandbox-web","ifname":"eth0"}]}"#
        #expect(try node.call("GC", input: list).answered == .silent)
        #expect(node.status.pods == 2 && Set(node.held.keys) == ["sandbox-web"])
    }
}
