import Addressing
import NodePorts
import PodNetwork

extension NamespaceState {
    /// What Linux would tell of the change from an earlier state to this one.
    ///
    /// IPv4 routes that go because their link went down, or lost its last address, go without a word.
    func notices(since before: NamespaceState) -> [KernelNotice] {
        let (rulesLeft, addressesLeft) = (Set(rules), Set(addresses.map(\.value)))
        let (routesLeft, routesBefore) = (Set(routes.map(\.value)), Set(before.routes.map(\.value)))
        let neighboursLeft = Set(neighbours)
        var notices = before.rules.filter { !rulesLeft.contains($0) }.map(KernelNotice.ruleGone)
        notices += before.addresses.map(\.value).filter { !addressesLeft.contains($0) }.map(KernelNotice.addressGone)
        notices += before.routes.map(\.value).filter { !routesLeft.contains($0) && isTold($0) }.map(KernelNotice.routeGone)
        notices += routes.map(\.value).filter { !routesBefore.contains($0) }.map(KernelNotice.routeMade)
        notices += before.neighbours.filter { !neighboursLeft.contains($0) }.map { .neighbourGone($0.device, $0.address) }
        notices += links.values.filter { before.links[$0.state.name]?.state != $0.state }.map { .linkChanged($0.state) }
        return notices + before.links.keys.filter { links[$0] == nil }.map(KernelNotice.linkGone)
    }

    private func isTold(_ route: Route) -> Bool {
        route.destination.family == .v6 || isUp(route.device) && hasIPv4(route.device)
    }
}
