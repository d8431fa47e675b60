package import IPAMEngine
package import Timeline

/// What STATUS says of the node, from one question to the next.
///
/// A runtime that hears an error calls the network not ready, and the kubelet then takes every pod off the node within minutes. So
/// a fault of a node that was ready counts only when it has lasted, and the end of a fault counts at once.
package struct Readiness: Sendable {
    package enum Fault: Hashable, Sendable {
        /// No pod can be added.
        case unavailable(Refusal)
        /// Pods that run are cut off.
        case podsHurt([String])
    }

    private var wasReady = false
    private var faultySince: Instant?

    package init() {}

    /// How long a fault is let pass: three questions of a kubelet, which asks every 5 s.
    package static let grace: Duration = .seconds(15)

    /// Returns the fault to report; nil while the node is ready.
    package mutating func judge(_ fault: Fault?, at now: Instant) -> Fault? {
        guard let fault else {
            self = Readiness()
            wasReady = true
            return nil
        }
        let since = faultySince ?? now
        faultySince = since
        if since.duration(to: now) >= Self.grace { wasReady = false }
        return wasReady ? nil : fault
    }
}
