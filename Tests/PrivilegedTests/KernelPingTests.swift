import Foundation
import NetlinkAdapter
import NodePorts
import NodePortsTesting
import PodNetwork
import Testing

@Suite(.enabled(if: Privileges.areHeld, Privileges.comment))
struct KernelPingTests {
    @Test(arguments: KernelContract.pingCases)
    func aPingThroughRealNamespacesEndsAsTheKernelInMemorySays(_ wiring: PingCase) throws {
        let (host, first, second) = (try RealNamespace(), try RealNamespace(), try RealNamespace())
        let places = try [host, first, second].map { namespace in
            let opened = try namespace.open()
            // The link-local addresses that IPv6 makes by itself, from which it asks for neighbours, are usable at once.
            let outcomes = try opened.perform(
                ["all", "default"].map { .setSysctl("ipv6/conf/\($0)/accept_dad", "0") }, sandboxNetns: nil)
            #expect(outcomes == [nil, nil])
            return PingCase.Place(opened, netns: namespace.netns)
        }
        try wiring.wire(host: places[0], firstPod: places[1], secondPod: places[2])
        let origin =
            switch wiring.origin {
            case .host: host
            case .firstPod: first
            }
        #expect(try ping("\(wiring.target)", in: origin.name) == wiring.isAnswered, "\(wiring)")
    }

    /// Whether one of a few echo requests is answered. The first may be lost: a link that was just set up sends when the
    /// kernel has noticed that its other end is up as well.
    private func ping(_ address: String, in namespace: String) throws -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["ip", "netns", "exec", namespace, "ping", "-n", "-c2", "-i0.2", "-W1", address]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
