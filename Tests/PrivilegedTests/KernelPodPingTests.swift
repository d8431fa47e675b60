import Addressing
import Foundation
import NetlinkAdapter
import NodePorts
import NodePortsTesting
import PodNetwork
import Testing

@Suite(.enabled(if: Privileges.areHeld, Privileges.comment))
struct KernelPodPingTests {
    /// On the pods' links duplicate address detection takes half a minute, so that whatever waits for it is lost.
    @Test(arguments: KernelContract.podPingCases)
    func aPingBetweenPlannedPodsEndsAsTheKernelInMemorySaysAndWaitsForNoDetection(_ pods: PodPingCase) throws {
        let names = ["vpc", "first node", "second node", "first pod", "second pod"]
        let namespaces = try names.map { _ in try RealNamespace() }
        let places = try namespaces.map { PingCase.Place(try $0.open(), netns: $0.netns) }
        let all = PodPingCase.Places(
            vpc: places[0], firstNode: places[1], secondNode: places[2], firstPod: places[3], secondPod: places[4])
        for namespace in namespaces { try set("accept_dad", "0", in: namespace) }
        try pods.wireNodes(all)
        for namespace in namespaces.dropFirst() {
            try set("accept_dad", "1", in: namespace)
            try set("dad_transmits", "30", in: namespace)
        }
        try pods.wirePods(all)
        let origin =
            switch pods.origin {
            case .firstNode: namespaces[1]
            case .firstPod: namespaces[3]
            }
        // The first may be lost: a link that was just set up sends when the kernel has noticed that its other end is up.
        let isAnswered = try ping("\(pods.target)", count: 2, in: origin) > 0
        #expect(isAnswered == pods.isAnswered, "\(pods)")
        if pods.isAnswered { #expect(try ping("\(pods.target)", count: 20, in: origin) == 20, "\(pods)") }
    }

    @Test func aPodsAddressIsUsableWhileItsLinkLocalAddressIsStillInQuestion() throws {
        let (host, pod) = (try RealNamespace(), try RealNamespace())
        for namespace in [host, pod] { try set("dad_transmits", "30", in: namespace) }
        let veth = VethPair(
            name: LinkName(literal: "eni1"), mac: .derived(from: "host"), peerName: LinkName(literal: "eth0"),
            peerMAC: .derived(from: "pod"), mtuBytes: 9001)
        let plan = PodNetworkPlan(addresses: [try #require(.init("fd00::17"))], table: .main, veth: veth)
        try host.open().ensure(plan.host, sandboxNetns: pod.netns)
        _ = try pod.open().perform([.setLink(veth.peerName, LinkSettings(isUp: true))], sandboxNetns: nil)
        try pod.open().ensure(plan.sandbox)
        #expect(try run(["ip", "-n", pod.name, "-6", "-o", "addr", "show", "dev", "eth0", "-tentative"]).contains("fd00::17/128"))
        #expect(try run(["ip", "-n", pod.name, "-6", "-o", "addr", "show", "dev", "eth0", "tentative"]).contains("fe80::"))
    }

    /// A setting of every link that is made in the namespace from then on.
    private func set(_ name: String, _ value: String, in namespace: RealNamespace) throws {
        let change = KernelChange.setSysctl("ipv6/conf/default/\(name)", value)
        #expect(try namespace.open().perform([change], sandboxNetns: nil) == [nil])
    }

    /// How many of some echo requests are answered.
    private func ping(_ address: String, count: Int, in namespace: RealNamespace) throws -> Int {
        let interval = count > 2 ? "0.01" : "0.2"
        let output = try run(["ip", "netns", "exec", namespace.name, "ping", "-n", "-c\(count)", "-i\(interval)", "-W1", address])
        return output.split(separator: "\n").count { $0.contains("bytes from \(address)") }
    }

    private func run(_ command: [String]) throws -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: output, as: UTF8.self)
    }
}
