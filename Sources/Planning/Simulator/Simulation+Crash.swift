import Addressing
import IPAMEngine
import Timeline
import VPCModel

// What befalls a node as a whole: the death of its daemon, and other tenants of its subnet.
extension Simulation {
    mutating func strike(_ node: Int) {
        guard isRough else { return }
        if random.chance(scenario.faults[.crash]), nodes[node].effectsUntilCrash == nil {
            nodes[node].effectsUntilCrash = random.below(13)
        }
        if happens(.otherTenants, to: node) { moveTenants() }
        agenda.add(.strike(node), at: now + Self.strikeInterval)
    }

    /// Leaves a handful of addresses free, here and there, or gives half of the taken ones back.
    private mutating func moveTenants() {
        guard let subnet = vpc.subnets[subnet] else { return }
        if random.chance(0.5) {
            let taken = max(0, subnet.freeAddresses - random.below(subnet.block.count / 8))
            do throws(VPCError) {
                try vpc.occupy(taken, in: subnet.id)
            } catch {
                violate("other tenants could not take \(taken) of \(subnet.freeAddresses) addresses: \(error)")
            }
        } else {
            giveBackTenants(subnet.occupiedAddresses / 2)
        }
    }

    mutating func giveBackTenants(_ count: Int) {
        do throws(VPCError) {
            try vpc.vacate(count, in: subnet)
        } catch {
            violate("other tenants could not give \(count) addresses back: \(error)")
        }
    }

    /// Ends the daemon where it stands: what was under way is cut off, and whoever waits for an answer gets none.
    mutating func crash(_ node: Int) {
        note(.crash, on: node)
        cutOffKernelWork(on: node)
        cutOffCalls(of: node)
        nodes[node].isUp = false
        nodes[node].life += 1
        nodes[node].effectsUntilCrash = nil
        nodes[node].alarm = nil
        nodes[node].isRecovering = true
        for (attachment, pod) in nodes[node].pods.sorted(by: { $0.key.containerID < $1.key.containerID }) {
            switch pod.phase {
            case .adding, .wiring, .deleting:
                if pod.isAlive { report.refusals["daemon-died", default: 0] += 1 }
                nodes[node].pods[attachment]?.phase = .deleting
                nodes[node].spool.append(attachment)
            case .created, .running, .forgotten: break
            }
        }
        agenda.add(.restart(node), at: now + random.duration(in: .milliseconds(50) ... .seconds(5)))
    }

    /// Begins again from the journal, the kernel and EC2; DELs that were spooled come first.
    mutating func restart(_ node: Int) {
        nodes[node].isUp = true
        nodes[node].policy = Policy(nodes[node].configuration, replaying: nodes[node].journal, at: now)
        nodes[node].journal = nodes[node].policy.engine.journal
        recoverFromKernel(on: node)
        send(.started, to: node)
        let spool = nodes[node].spool
        nodes[node].spool = []
        for attachment in spool { delete(attachment, on: node) }
    }
}
