public import Addressing
public import InstanceTypes
public import NodePorts
public import Timeline
public import VPCModel

/// EC2 for nodes that are simulated on one machine: a ``VPCModel`` in a file that their processes share.
///
/// Every call takes the file for itself, applies the call at the machine's time since boot, and puts the changed VPC in its
/// place at one stroke. Any process may be killed at any moment. The file belongs on a file system that a reboot empties.
public struct SimulatedVPC: Sendable {
    private let file: VPCFile
    public let latencies: Latencies

    /// - Parameter path: Beside it are kept `PATH.lock` and, during a change, `PATH.tmp`.
    public init(path: String, latencies: Latencies = Latencies()) {
        file = VPCFile(path)
        self.latencies = latencies
    }

    /// Puts the VPC into the file, unless a VPC is there already.
    ///
    /// - Returns: Whether it was put there.
    @discardableResult
    public func create(_ vpc: VPCModel) throws(VPCFileError) -> Bool {
        try file.create(vpc)
    }

    /// Returns the VPC as it is; changes to the value change nothing else.
    public func snapshot() throws(VPCFileError) -> VPCModel {
        try file.read()
    }

    /// Starts an instance, or finds it again when it runs already.
    ///
    /// - Parameters:
    ///   - id: The instance's name from one start of its node to the next.
    ///   - observer: Told of every ENI on the instance, at once for those that are there, and later before EC2's answer to the
    ///     call that changed it; also of what other processes changed, at this node's next call. It is told one change at a time,
    ///     in order. When it throws, the call fails with `InternalError` and the change is told again at the next one.
    /// - Throws: `IdempotentParameterMismatch` when it runs with another type or in another subnet, and what a new ENI may be
    ///   refused for.
    public func launch(
        _ id: InstanceID, type: InstanceType, in subnet: SubnetID, securityGroups: [SecurityGroupID] = [],
        observer: @escaping @Sendable (ENIChange) throws -> Void = { _ in }
    ) throws(EC2Failure) -> SimulatedInstance {
        let instance = try perform { (vpc, now) throws(VPCError) in
            try vpc.runInstance(type, in: subnet, securityGroups: securityGroups, id: id, at: now)
        }
        let simulated = SimulatedInstance(instance, in: self, observer: observer)
        try simulated.observe()
        return simulated
    }

    /// Applies one or more calls to the VPC in one change, as when other tenants take addresses or an instance is terminated.
    ///
    /// - Throws: What `calls` throws; what it changed before that stays, as it would in EC2.
    public func perform<Answer>(
        _ calls: (inout VPCModel, _ now: Instant) throws(VPCError) -> Answer
    ) throws(EC2Failure) -> Answer {
        let outcome: Result<Answer, VPCError>
        do {
            outcome = try file.update { vpc in
                Result { () throws(VPCError) in try calls(&vpc, BootClock.now) }
            }
        } catch {
            throw EC2Failure(error)
        }
        switch outcome {
        case .success(let answer): return answer
        case .failure(let error): throw EC2Failure(error)
        }
    }

    /// Returns the blocks of the VPC, as instance metadata tell them; not a call to EC2, and never throttled.
    func blocks() throws(EC2Failure) -> [IPv4CIDR] {
        do {
            return try file.read().blocks
        } catch {
            throw EC2Failure(error)
        }
    }

    func physics() throws(EC2Failure) -> Physics {
        do {
            return try file.read().physics
        } catch {
            throw EC2Failure(error)
        }
    }

    /// Returns when the next attachment or detachment of an ENI of the instance is complete; nil when none is under way.
    func nextSettling(of instance: InstanceID) throws(EC2Failure) -> Instant? {
        do {
            let (vpc, now) = (try file.read(), BootClock.now)
            return vpc.enis(of: instance, at: now).compactMap(\.attachment).map { $0.detachedAt ?? $0.attachedAt }.filter { now < $0 }.min()
        } catch {
            throw EC2Failure(error)
        }
    }

    /// Returns the ENIs whose links are on the instance, by card and device index.
    func attachedENIs(of instance: InstanceID) throws(EC2Failure) -> [ENIDescription] {
        do {
            let (vpc, now) = (try file.read(), BootClock.now)
            return vpc.enis(of: instance, at: now).filter { $0.hasLink(at: now) }.map { ENIDescription($0, in: vpc) }
        } catch {
            throw EC2Failure(error)
        }
    }
}
