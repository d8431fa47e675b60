public import Addressing
public import Logging
public import NodePorts
public import NodeReports

/// Finds ENIs that nodes of the cluster left behind, and deletes them in its turn: what a node that died between two calls of an ENI's
/// life has made costs its subnet addresses for as long as it lives.
///
/// A turn is two describes and one question for instances as a rule, and never more than ``deletionsMax`` deletions.
public final class OrphanSweep: Sendable {
    private let control: OrphanControl
    private let rule: OrphanRule
    private let interval: Duration?
    private let turn: SweepTurn
    private let isKnownHere: @Sendable (ENIID) -> Bool
    private let mayDelete: @Sendable () -> Bool
    private let logger: Logger

    /// Of one turn; the rest waits for the next one.
    package static let deletionsMax = 20
    /// Between the look at which an orphan was found and the one that it is deleted by: a node that found it at the same moment has
    /// deleted it by then, and whoever was about to use it has it.
    static let secondLook: Duration = .seconds(30)
    /// Between two deletions, so that pods' own calls are not throttled for their sake.
    static let pause: Duration = .seconds(1)

    /// - Parameters:
    ///   - interval: From one turn to the next on average; nil keeps anything from being deleted.
    ///   - turn: Comes in such an interval unless told.
    ///   - isKnownHere: Whether the node has, awaits or deletes an ENI of its own.
    ///   - mayDelete: Whether things are given back to EC2 at this moment; otherwise EC2 is asked for nothing.
    public init(
        _ control: OrphanControl, rule: OrphanRule, interval: Duration?, turn: SweepTurn? = nil,
        isKnownHere: @escaping @Sendable (ENIID) -> Bool, mayDelete: @escaping @Sendable () -> Bool = { true }, logger: Logger
    ) {
        self.control = control
        self.rule = rule
        self.interval = interval
        self.turn = turn ?? .spaced(by: interval ?? .zero)
        self.isKnownHere = isKnownHere
        self.mayDelete = mayDelete
        self.logger = logger
    }

    // MARK: - Looking

    /// An ENI and what is to be said of it.
    struct Finding: Hashable {
        var eni: UnattachedENI
        var verdict: OrphanRule.Verdict

        var isOrphan: Bool { if case .orphan = verdict { true } else { false } }
    }

    /// Judges every ENI of the VPC that is attached to nothing; deletes none.
    func look() async throws(EC2Failure) -> [Finding] {
        let enis = try await control.describeUnattached()
        let makers = rule.makersInQuestion(enis)
        var living: Set<InstanceID>? = []
        if !makers.isEmpty {
            do throws(EC2Failure) {
                living = try await control.livingInstances(makers)
            } catch {
                logger.warning("makers of ENIs not known", metadata: ["code": "\(error.code)", "error": "\(error)"])
                living = nil
            }
        }
        return enis.map { Finding(eni: $0, verdict: rule.judge($0, living: living, isKnownHere: isKnownHere)) }
    }

    /// The same as a report.
    public func report() async throws(EC2Failure) -> OrphansReport {
        OrphansReport(
            enis: try await look().map { OrphansReport.ENI($0, isSweeping: interval != nil) },
            sweep: OrphansReport.Sweep(
                intervalSeconds: interval.map { Int($0.components.seconds) }, ageMinSeconds: Int(OrphanRule.ageMin.components.seconds)))
    }

    // MARK: - Sweeping

    /// Sweeps in every turn until the task is cancelled; returns at once where the sweep is off.
    public func run(sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }) async {
        guard interval != nil else { return }
        do {
            while !Task.isCancelled {
                try await turn.next(sleep)
                try await sweep(sleep)
            }
        } catch {
            return
        }
    }

    /// One turn. What fails is left for the next one.
    ///
    /// - Throws: What `sleep` throws.
    package func sweep(_ sleep: @Sendable (Duration) async throws -> Void) async throws {
        guard mayDelete() else { return }
        do {
            let suspects = Set(try await look().filter(\.isOrphan).map(\.eni.id))
            guard !suspects.isEmpty else { return }
            try await sleep(Self.secondLook)
            guard mayDelete() else { return }
            let orphans = try await look().filter { $0.isOrphan && suspects.contains($0.eni.id) }
            // By chance, so that one which EC2 will not delete does not keep the same others waiting each time.
            for eni in orphans.map(\.eni).shuffled().prefix(Self.deletionsMax) where mayDelete() {
                await delete(eni)
                try await sleep(Self.pause)
            }
        } catch let failure as EC2Failure {
            logger.warning("orphaned ENIs not swept", metadata: ["code": "\(failure.code)", "error": "\(failure)"])
        }
    }

    private func delete(_ eni: UnattachedENI) async {
        do throws(EC2Failure) {
            try await control.delete(eni.id)
            logger.notice(
                "orphaned ENI deleted",
                metadata: [
                    "eni-id": "\(eni.id)", "subnet": "\(eni.subnet)", "instance": "\(eni.tags[ENITag.instance] ?? "")",
                    "age": "\(eni.age ?? .zero)",
                ])
        } catch {
            logger.warning("orphaned ENI not deleted", metadata: ["eni-id": "\(eni.id)", "code": "\(error.code)", "error": "\(error)"])
        }
    }
}
