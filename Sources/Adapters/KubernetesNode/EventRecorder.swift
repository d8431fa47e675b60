import IPAMEngine
package import KubernetesAdapter
package import Logging
package import Timeline

/// Tells the cluster what happens on the node, in events: each thing once, its repetitions as a count.
package actor EventRecorder {
    private let client: KubernetesClient
    private let node: String
    private let logger: Logger
    private let clock: @Sendable () -> Instant
    private var ledger = EventLedger()
    /// The events that exist, by what they are about; no more than the ledger knows.
    private var told: [EventLedger.Key: (name: String, namespace: String)] = [:]

    private static let component = "berthd"

    package init(_ client: KubernetesClient, node: String, clock: @escaping @Sendable () -> Instant, logger: Logger) {
        self.client = client
        self.node = node
        self.clock = clock
        self.logger = logger
    }

    /// What the cluster does not take is left out: the log and `berth explain` have it as well.
    package func record(
        _ severity: EventResource.Severity, about subject: EventResource.Subject, reason: String, _ message: String
    ) async {
        let key = EventLedger.Key(subject: subject.uid ?? "\(subject.namespace ?? "")/\(subject.name)", reason: reason)
        let (now, moment) = (clock(), Timestamp.now)
        switch ledger.note(key, at: now) {
        case .keep: break
        case .tell: await tell(severity, subject, key, reason, message, moment)
        case .tellAgain(let count):
            guard let event = told[key] else { return await tell(severity, subject, key, reason, message, moment) }
            do throws(KubernetesFailure) {
                _ = try await client.patch(
                    EventResource.self, event.name, namespace: event.namespace,
                    EventResource.repeated(count: count, message: message, at: moment), as: .merge)
            } catch {
                // Events end after an hour: then the next one is a new one.
                forget(key, error)
            }
        }
    }

    private func tell(
        _ severity: EventResource.Severity, _ subject: EventResource.Subject, _ key: EventLedger.Key, _ reason: String, _ message: String,
        _ moment: Timestamp
    ) async {
        let name = "\(subject.name).\(String(UInt64(bitPattern: moment.microsecondsSince1970), radix: 16))"
        let event = EventResource(
            severity, about: subject, name: name, reason: reason, message: message, component: Self.component, host: node, at: moment)
        do throws(KubernetesFailure) {
            let created = try await client.create(event)
            if told.count >= EventLedger.entriesMax { told.removeAll() }
            told[key] = (created.name, created.namespace ?? "default")
        } catch {
            forget(key, error)
        }
    }

    private func forget(_ key: EventLedger.Key, _ failure: KubernetesFailure) {
        ledger.forget(key)
        told[key] = nil
        logger.debug("event not told", metadata: ["reason": "\(key.reason)", "failure": "\(failure)"])
    }
}

extension Refusal {
    /// The reason of an event or condition: its code as one word, such as `SubnetFull`.
    package var word: String {
        code.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    /// Whether it passes by itself within seconds, as a rule.
    var isPassing: Bool {
        switch self {
        case .starting, .waitingForEC2, .cooling, .poolEmpty, .throttled: true
        case .subnetFull, .noFreeBlock, .eniSlotsUsedUp, .permissionDenied, .quotaReached, .callFailed, .callsStopped, .ec2Failing,
            .eniNotReady, .nodeCordoned, .nodeTerminating, .unknownPool, .reservedAddressNotAvailable, .tooManyWaiting, .deleted,
            .superseded, .stopping:
            false
        }
    }

    /// Whether the runtime itself ended the request, so that nobody is to be told.
    var isOfTheRuntime: Bool {
        switch self {
        case .deleted, .superseded, .stopping: true
        case .starting, .waitingForEC2, .cooling, .poolEmpty, .throttled, .subnetFull, .noFreeBlock, .eniSlotsUsedUp, .permissionDenied,
            .quotaReached, .callFailed, .callsStopped, .ec2Failing, .eniNotReady, .nodeCordoned, .nodeTerminating, .unknownPool,
            .reservedAddressNotAvailable, .tooManyWaiting:
            false
        }
    }
}
