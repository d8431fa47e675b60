import Addressing
import NetlinkAdapter
import NodePorts
import PodNetwork
import Testing

extension EndToEnd {
    @Suite struct Check {
        /// One thing broken by hand, and how CHECK must name it.
        enum Damage: String, CaseIterable {
            case routeOnTheNode, ruleToThePod, ruleFromThePod, linkDownOnTheNode, linkGone, mtuOnTheNode, aliasOnTheNode
            case addressInThePod, defaultRouteInThePod, gatewayInThePod, linkDownInThePod, mtuInThePod

            var name: String {
                switch self {
                case .routeOnTheNode: "route 10.0."
                case .ruleToThePod: "rule priority 512"
                case .ruleFromThePod: "rule priority 1536"
                case .linkDownOnTheNode: "on the node is down"
                // The daemon has heard that the link is gone, and has let go of the pod.
                case .linkGone: "no address is held"
                case .mtuOnTheNode: "on the node has MTU 1400 instead of 9001"
                case .aliasOnTheNode: "on the node has alias \"other\" instead of \"berth:"
                case .mtuInThePod: "eth0 in the pod has MTU 9002 instead of 9001"
                case .addressInThePod: "address 10.0."
                case .defaultRouteInThePod: "route default via 169.254.1.1"
                case .gatewayInThePod: "neighbour 169.254.1.1"
                case .linkDownInThePod: "eth0 in the pod is down"
                }
            }

            func change(_ pod: CIDR, link: LinkName, node: any KernelNamespace, sandbox: any KernelNamespace) throws -> KernelChange {
                switch self {
                case .routeOnTheNode: .delete(.route(try #require(try node.routes().first { $0.destination == pod })))
                case .ruleToThePod: .delete(.rule(try #require(try node.rules().first { $0.destination == pod })))
                case .ruleFromThePod: .delete(.rule(try #require(try node.rules().first { $0.source == pod })))
                case .linkDownOnTheNode: .setLink(link, LinkSettings(isUp: false))
                case .mtuOnTheNode: .setLink(link, LinkSettings(mtuBytes: 1400))
                case .aliasOnTheNode: .setLink(link, LinkSettings(alias: "other"))
                case .mtuInThePod: .setLink(LinkName(literal: "eth0"), LinkSettings(mtuBytes: 9002))
                case .linkGone:
                    .delete(
                        .veth(VethPair(name: link, mac: MACAddress(bits: 0), peerName: link, peerMAC: MACAddress(bits: 0), mtuBytes: 1500)))
                case .addressInThePod: .delete(.address(try #require(try sandbox.addresses().first { $0.address.hostCIDR == pod })))
                case .defaultRouteInThePod: .delete(.route(try #require(try sandbox.routes().first { $0.destination == .everyIPv4 })))
                case .gatewayInThePod: .delete(.neighbour(try #require(try sandbox.neighbours().first)))
                case .linkDownInThePod: .setLink(LinkName(literal: "eth0"), LinkSettings(isUp: false))
                }
            }

            var isInThePod: Bool { rawValue.hasSuffix("InThePod") }

            /// Whether the daemon mends it as soon as it hears of it, so that a CHECK may come too late to see it.
            var isMended: Bool { !isInThePod && ![.mtuOnTheNode, .linkGone].contains(self) }
        }

        @Test(arguments: Damage.allCases)
        func checkNamesWhatIsBrokenAndDELStillRemovesEverything(damage: Damage) throws {
            try SimulatedCluster.runOne { node in
                let before = try KernelSnapshot(node.namespace)
                // Four pods: the last one lies on the second ENI and has all rules.
                let pods = try (0..<4).map { try Pod("web-\($0)", on: node) }
                let added = try pods.map { try $0.call("ADD") }
                let (pod, address) = (pods[3], try #require(added[3].address))
                let configuration = NetworkConfiguration(previousResult: added[3].output)
                #expect(try pod.call("CHECK", configuration).status == 0)

                let (kernel, sandbox) = (try node.namespace.enter(), try pod.namespace.enter())
                let link = try #require(LinkName.hostVeth(prefix: "eni", namespace: "default", name: pod.name))
                let change = try damage.change(address.hostCIDR, link: link, node: kernel, sandbox: sandbox)
                #expect(try (damage.isInThePod ? sandbox : kernel).perform([change], sandboxNetns: nil) == [nil])

                if damage == .linkGone { #expect(try eventually { try node.held()[pod.containerID] == nil }) }
                let check = try pod.call("CHECK", configuration)
                if check.status != 0 || !damage.isMended {
                    #expect(check.status == 1 && check.code == 113 && check.message.contains(damage.name), "\(check)")
                }
                if damage.isMended { #expect(try eventually { try pod.call("CHECK", configuration).status == 0 }) }
                for pod in pods { try pod.delete() }
                #expect(try KernelSnapshot.differences(of: node.namespace, from: before) == [])
            }
        }
    }
}

extension IPv4Address {
    fileprivate var hostCIDR: CIDR { .v4(IPv4CIDR(host: self)) }
}
