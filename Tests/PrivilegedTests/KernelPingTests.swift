import Foundation
import NetlinkAdapter
import NodePorts
import NodePortsTesting
import PodNetwork
import Testing

@Suite(.enabled(if: Privileges.areHeld, Privileges.comment))
struct KernelPingTests {
    @Test(arguments: KernelContract.pingCases.filter { "\($0)".contains("without a filter the node") })
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

    /// Whether one echo request is answered within a second.
    private func ping(_ address: String, in namespace: String) throws -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["ip", "netns", "exec", namespace, "ping", "-n", "-c1", "-W1", address]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        if process.terminationStatus != 0 { let q = try Process.run(URL(fileURLWithPath: "/bin/sh"), arguments: ["-c", "ip -n \(namespace) addr > /tmp/h-kernel/diag; ip netns exec \(namespace) nstat -az | grep -v ' 0 ' >> /tmp/h-kernel/diag; ip -n \(namespace) -s link >> /tmp/h-kernel/diag; for n in $(ip netns list | cut -d' ' -f1); do echo $n; ip -n $n route; ip -n $n neigh; ip -n $n -s link; ip netns exec $n nstat -az | grep -v ' 0 '; done >> /tmp/h-kernel/diag"]); q.waitUntilExit() }
        return process.terminationStatus == 0
    }
}
