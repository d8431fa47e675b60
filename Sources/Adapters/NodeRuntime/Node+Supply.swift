public import IPAMEngine
import Timeline

// How many pods the node can have addresses for, for those who place them.
extension Node {
    /// Pods that can have an address at the same time: as many as the node may ever have while EC2 gives more, and those that it has where
    /// EC2 does not. Addresses in cooldown count, as they come back within seconds.
    public var addressSupply: Int {
        read { engine in
            let limits = engine.configuration.limits
            guard engine.configuration.addressing.ipv4Unit != nil else { return limits.maxPods }
            return switch engine.refusal(at: clock()) {
            case .subnetFull, .noFreeBlock, .eniSlotsUsedUp, .permissionDenied, .quotaReached, .callsStopped, .ec2Failing, .nodeCordoned,
                .nodeTerminating:
                min(limits.maxPods, engine.count.attached)
            case .starting, .throttled, .callFailed, .cooling, .waitingForEC2, .eniNotReady, .unknownPool, .reservedAddressNotAvailable,
                .poolEmpty, .tooManyWaiting, .deleted, .superseded, .stopping:
                limits.maxPods
            }
        }
    }

    /// What pods of this name wait for at this moment, first of all; nil when none waits.
    public func wait(ofPod pod: PodName) -> Refusal? {
        let now = clock()
        return read { engine in
            for case .waiting(_, _, let refusal) in engine.explanation(of: pod, at: now) { return refusal }
            return nil
        }
    }

    /// A refusal in one sentence, with the times counted from this moment.
    public func explanation(of refusal: Refusal) -> String { refusal.explanation(at: clock()) }
}
