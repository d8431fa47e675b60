import Addressing
import CNISpec
import PodNetwork

extension CNIResult {
    /// Adds one of a pod's interfaces: the link on the node, then the one in the pod with its addresses and the ways out.
    ///
    /// Gateways are those that the pod's routes go by, since plugins behind ours build on them: `sbr` moves an interface's
    /// routes to a table of its own and makes the default route anew from what it reads here.
    ///
    /// - Parameters:
    ///   - held: The addresses that the pod holds; one that it has for egress alone is nobody else's business.
    ///   - netns: The path of the pod's namespace, as the runtime gave it.
    ///   - version: In which the result will be told. A default route of a further interface is in a table of its own, and a
    ///     version that cannot name the table would tell of a second default route that is not there.
    mutating func add(_ wiring: PodWiring, holding held: [IPAddress], netns: String, in version: CNIVersion) {
        guard let veth = wiring.veth else { return }
        interfaces += [
            Interface(name: veth.name.rawValue, mac: veth.mac.description, mtu: veth.mtuBytes),
            Interface(name: veth.peerName.rawValue, mac: veth.peerMAC.description, sandbox: netns, mtu: veth.mtuBytes),
        ]
        let place = interfaces.count - 1
        let waysOut = wiring.waysOut.filter { route in held.contains { $0.family == route.destination.family } }
        addresses += held.map { address in
            let gateway = waysOut.first { $0.destination.family == address.family }?.gateway
            return Address(address, prefixLength: address.hostCIDR.prefixLength, gateway: gateway, interface: place)
        }
        for route in waysOut where route.table == .main || version >= .v110 {
            routes.append(
                Route(to: route.destination, gateway: route.gateway, table: route.table == .main ? nil : Int(route.table.number)))
        }
    }
}

extension PodWiring {
    /// The pod's routes by a gateway.
    fileprivate var waysOut: [Route] {
        sandbox.compactMap { object in
            guard case .route(let route) = object, route.gateway != nil else { return nil }
            return route
        }
    }
}
