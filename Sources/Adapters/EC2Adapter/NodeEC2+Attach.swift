import AWSClient
import Addressing
import NodePorts
import Timeline

extension NodeEC2 {
    /// How long an attachment or a detachment may take; seconds as a rule.
    private static let patience: Duration = .seconds(60)

    /// Attaches an ENI, lets it end with its instance, and returns when the attachment is complete.
    func attach(_ eni: ENIID, card: Int, deviceIndex: Int) async throws(AWSFailure) -> ENIAttachmentID {
        let end = clock.now() + Self.patience
        let attachment = try await begin(eni, card: card, deviceIndex: deviceIndex)
        _ = try await settled(.modifyAttachment(of: eni, attachment, deleteOnTermination: true), of: eni)
        if try await isShown(eni, before: clock.now() + .seconds(5)) { return attachment }
        var pauses = Pauses(first: .seconds(1), limit: .seconds(4), until: end, clock)
        while try await self.eni(eni).attachment?.status != "attached" {
            guard try await pauses.next("AttachNetworkInterface") else { throw .unfinished("attached", eni, Self.patience) }
        }
        return attachment
    }

    /// Begins the attachment. When that is in doubt, or EC2 says that the ENI is in use, EC2 is asked where it is: on the very place
    /// that was asked for, an earlier try has done it.
    private func begin(_ eni: ENIID, card: Int, deviceIndex: Int) async throws(AWSFailure) -> ENIAttachmentID {
        do throws(AWSFailure) {
            let call = EC2Call.attachNetworkInterface(eni, to: place.instance, card: card, deviceIndex: deviceIndex)
            if let attachment = try await settled(call, of: eni).attachmentId { return attachment }
            throw AWSFailure(code: "UnreadableAnswer", message: "AttachNetworkInterface told of no attachment", meaning: .unanswered)
        } catch {
            guard error.meaning != .cancelled, error.saysInUse || !error.meaning.leavesNoDoubt else { throw error }
            guard let found = try await self.eni(eni).attachment, found.instanceId == place.instance,
                found.deviceIndex == deviceIndex, found.networkCardIndex ?? 0 == card
            else { throw error }
            return found.attachmentId
        }
    }

    /// Whether the instance sees the ENI within that time, which costs no call to EC2. False where it cannot tell.
    private func isShown(_ eni: ENIID, before end: Instant) async throws(AWSFailure) -> Bool {
        guard let mac = known.mac(of: eni) else { return false }
        var pauses = Pauses(first: .milliseconds(100), limit: .seconds(1), until: end, clock)
        while true {
            guard let isShown = await view.shows(mac) else { return false }
            if isShown { return true }
            guard try await pauses.next("AttachNetworkInterface") else { return false }
        }
    }

    /// Returns when the ENI is available, also when an earlier call has detached it or is about to.
    func detach(_ eni: ENIID) async throws(AWSFailure) {
        var state = try await self.eni(eni)
        var pauses = Pauses(first: .seconds(1), limit: .seconds(4), until: clock.now() + Self.patience, clock)
        if let attachment = state.attachment, attachment.status == "attached" || attachment.status == "attaching" {
            guard attachment.instanceId == place.instance else { throw .attachedElsewhere(eni, attachment.instanceId) }
            try await beginDetachment(attachment.attachmentId)
            guard try await pauses.next("DetachNetworkInterface") else { throw .unfinished("detached", eni, Self.patience) }
            state = try await self.eni(eni)
        }
        while state.status != "available" {
            guard try await pauses.next("DetachNetworkInterface") else { throw .unfinished("detached", eni, Self.patience) }
            state = try await self.eni(eni)
        }
    }

    /// An attachment that has gone or is going in the meantime is as good.
    private func beginDetachment(_ attachment: ENIAttachmentID) async throws(AWSFailure) {
        do throws(AWSFailure) {
            _ = try await client.perform(.detachNetworkInterface(attachment))
        } catch  where ["InvalidAttachmentID.NotFound", "InvalidAttachment.NotFound", "IncorrectState"].contains(error.code) {
            return
        }
    }
}

/// Pauses that double up to a limit, until an instant.
struct Pauses {
    private var pause: Duration
    private let limit: Duration
    private let end: Instant
    private let clock: AWSClock

    init(first: Duration, limit: Duration, until end: Instant, _ clock: AWSClock) {
        pause = first
        self.limit = limit
        self.end = end
        self.clock = clock
    }

    /// Waits for the next pause; false, at once, when the time has run out.
    mutating func next(_ call: String) async throws(AWSFailure) -> Bool {
        guard clock.now() + pause <= end else { return false }
        do {
            try await clock.sleep(pause)
        } catch {
            throw AWSFailure(code: "RequestCanceled", message: "\(call) was cancelled while it was not complete", meaning: .cancelled)
        }
        pause = min(limit, pause * 2)
        return true
    }
}

extension AWSFailure {
    static func unfinished(_ what: String, _ eni: ENIID, _ patience: Duration) -> AWSFailure {
        AWSFailure(
            code: "RequestTimeout", message: "\(eni) was not \(what) after \(patience); EC2 has taken the request", meaning: .unanswered)
    }

    /// Somebody has moved the ENI; it is not this node's to take away.
    static func attachedElsewhere(_ eni: ENIID, _ instance: InstanceID?) -> AWSFailure {
        AWSFailure(
            code: "AttachedElsewhere",
            message: "\(eni) is attached to \(instance.map { "\($0)" } ?? "something that is no instance"), not to this instance",
            meaning: .refused)
    }
}
