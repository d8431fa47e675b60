import IPAMEngine
import Timeline

// EC2 away for one node, as when the way there is cut: every call fails, for so long that the node leaves EC2 alone.
extension Simulation {
    mutating func beginOutages(of node: Int) {
        guard let interval = scenario.outageInterval else { return }
        agenda.add(.outage(node), at: now + random.exponential(mean: interval))
    }

    mutating func loseEC2(of node: Int) {
        guard isRough else { return }
        report.outages += 1
        nodes[node].ec2AwayUntil = now + random.duration(in: .seconds(30) ... .seconds(300))
        guard let interval = scenario.outageInterval else { return }
        agenda.add(.outage(node), at: nodes[node].ec2AwayUntil + random.exponential(mean: interval))
    }

    /// How a call ends that finds no EC2; nil while there is one.
    func outageFailure(of node: Int) -> CallFailure? {
        guard isRough, now < nodes[node].ec2AwayUntil else { return nil }
        return CallFailure(code: "ConnectionFailed", message: "no EC2 until \(nodes[node].ec2AwayUntil)")
    }

    /// Counts what engines ask that leave EC2 alone by themselves; all but the probe is a violation.
    mutating func judgeTrip(_ effect: IPAMEngine.Effect, of node: Int) {
        guard scenario.outageInterval != nil, effect.call != nil, nodes[node].policy.engine?.restraint.trip != nil else { return }
        switch effect {
        case .describeENIs: report.probes += 1
        case .setUpENI, .record, .wire, .unwire, .confirmDeleted, .refuse: break
        case .describeSubnets, .createENI, .attachENI, .assignAddresses, .assignPrefixes, .assignIPv6Prefix, .claimAddress, .unassign,
            .detachENI, .deleteENI:
            violate("node \(node) leaves EC2 alone and asks it to \(effect)")
        }
    }
}
