import Addressing
import IPAMEngine
import Timeline
import VPCModel

// What befalls a node as a whole: the death of its daemon, a clock that jumps, and other tenants of its subnet.
extension Simulation {
    mutating func strike(_ node: Int) {
        guard isRough else { return }
        if random.chance(scenario.faults[.crash]), nodes[node].effectsUntilCrash == nil {
            nodes[node].effectsUntilCrash = random.below(13)
        }
        if happens(.otherTenants, to: node) { moveTenants() }
        // What waits for the end of one jump would be overtaken by a second.
        if nodes[node].stalledUntil <= now, happens(.clockJump, to: node) {
            nodes[node].stalledUntil = now + random.duration(in: .seconds(1) ... .seconds(90))
        }
        agenda.add(.strike(node), at: now + Self.strikeInterval)
    }

    /// Leaves a handful of addresses free, here and there, or gives half of the taken ones back.
    private mutating func moveTenants() {
        guard let id = random.element(of: subnets), let subnet = vpc.subnets[id] else { return }
        if random.chance(0.5) {
            let taken = max(0, subnet.freeAddresses - random.below(subnet.block.count / 8))
            do throws(VPCError) {
                try vpc.occupy(taken, in: subnet.id)
            } catch {
                violate("other tenants could not take \(taken) of \(subnet.freeAddresses) addresses: \(error)")
            }
        } else {
            giveBackTenants(subnet.occupiedAddresses / 2, in: id)
        }
    }

    mutating func giveBackTenants(_ count: Int, in subnet: SubnetID) {
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
        nodes[node].stalledUntil = .zero
        cutOffRequests(to: node)
        agenda.add(.restart(node), at: now + random.duration(in: .milliseconds(50) ... .seconds(5)))
    }

    /// Begins again from the journal, the kernel and EC2; DELs that were spooled come first.
    mutating func restart(_ node: Int) {
        nodes[node].isUp = true
        nodes[node].policy = Policy(nodes[node].configuration, replaying: nodes[node].journal, at: now)
        nodes[node].journal = nodes[node].policy.journal
        nodes[node].shadow.restart(at: now)
        recoverFromKernel(on: node)
        send(.started, to: node)
        if nodes[node].condition != .schedulable { send(.nodeChanged(nodes[node].condition), to: node) }
        let spool = nodes[node].spool
        nodes[node].spool = []
        for attachment in spool { delete(attachment, on: node) }
    }
}
