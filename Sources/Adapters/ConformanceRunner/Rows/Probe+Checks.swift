import Addressing
import CNISpec
import Conformance
import JSON
import NodePorts
import PodNetwork

extension Probe {
    /// Rows about CHECK.
    static let checks = [
        Probe(29, since: .v040) { trial in
            let sandbox = try trial.sandbox()
            guard let result = try trial.add(sandbox) else { return }
            let check = trial.request(.check, sandbox, previous: .object(result))
            trial.expect(try trial.call(check.labelled("straight after ADD")).faultsOfSilence)
            try sandbox.addLaterRoute()
            trial.expect(try trial.call(check.labelled("after a later plugin's route")).faultsOfSilence)
            for damage in Damage.allCases { try trial.expectNoticed(damage) }
        },
        Probe(30, since: .v040) { trial in
            let sandbox = try trial.sandbox()
            guard try trial.add(sandbox) != nil else { return }
            trial.expect(
                try trial.call(trial.request(.check, sandbox).labelled("without prevResult")).faultsOfRefusal(
                    codes: [7], naming: ["prevResult"]))
        },
    ]
}

/// What a CHECK must not pass.
private enum Damage: String, CaseIterable {
    case addressGone = "after the address is gone"
    case linkDown = "after the link is down"
    case linkGone = "after the link is gone"
}

extension Trial {
    fileprivate func expectNoticed(_ damage: Damage) throws {
        let sandbox = try sandbox()
        guard let result = try add(sandbox) else { return }
        try sandbox.suffer(damage)
        let call = try call(request(.check, sandbox, previous: .object(result)).labelled(damage.rawValue))
        expect(call.faultsOfRefusal(codes: []))
    }
}

extension Sandbox {
    fileprivate func suffer(_ damage: Damage) throws {
        let namespace = try open()
        guard let link = try namespace.contents().links.first(where: { $0.name.rawValue == Self.ifname }) else { return }
        let changes: [KernelChange] =
            switch damage {
            case .addressGone: try namespace.addresses().filter { $0.device == link.name && !$0.isLinkLocal }.map { .delete(.address($0)) }
            case .linkDown: [.setLink(link.name, LinkSettings(isUp: false))]
            case .linkGone:
                [.delete(.veth(VethPair(name: link.name, mac: link.mac, peerName: link.name, peerMAC: link.mac, mtuBytes: link.mtuBytes)))]
            }
        try namespace.performAll(changes)
    }

    /// A route that a chained plugin could have added: CHECK compares what the result tells, and no more.
    fileprivate func addLaterRoute() throws {
        let namespace = try open()
        guard let link = try namespace.links().first(where: { $0.name.rawValue == Self.ifname }) else { return }
        let block = IPv4CIDR(containing: IPv4Address(198, 51, 100, 0), prefixLength: 24)
        try namespace.performAll([.create(.route(Route(to: .v4(block), device: link.name, scope: .link, origin: .administrator)))])
    }
}

extension KernelNamespace {
    fileprivate func performAll(_ changes: [KernelChange]) throws {
        for (change, errno) in zip(changes, try perform(changes, sandboxNetns: nil)) {
            if let errno { throw ConformanceError(KernelError("\(change)", errno)) }
        }
    }
}

extension InterfaceAddress {
    fileprivate var isLinkLocal: Bool {
        if case .v6(let address) = address {
            IPv6CIDR(containing: IPv6Address(bits: 0xfe80 << 112), prefixLength: 10).contains(address)
        } else {
            false
        }
    }
}
