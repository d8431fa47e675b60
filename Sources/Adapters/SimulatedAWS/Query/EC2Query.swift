import AWSClient
import NodePorts
import SimulatedVPC
import VPCModel

/// EC2's Query API, answered by a VPC that processes share.
struct EC2Query: Sendable {
    let vpc: SimulatedVPC
    let account: SimulatedAccount
    let signatures: SignatureCheck
    let faults: EndpointFaults
    /// From 0 up to 1.
    let chance: @Sendable () -> Double
    /// Told after a call that may have changed something.
    let changed: @Sendable () throws(EC2Failure) -> Void

    func answer(_ request: HTTPRequest, at now: UTCTime, requestID: String) async -> HTTPAnswer {
        let fault = faults.fault(at: chance())
        do throws(EC2Failure) {
            try signatures.check(request, at: now)
            let (type, call) = try Self.call(request)
            if let fault, let refusal = fault.refusal(isCarriedOut: false) { throw refusal }
            let elements = try carryOut(call)
            await pause(vpc.latencies[type.operation])
            try changed()
            if let fault, let refusal = fault.refusal(isCarriedOut: true) { throw refusal }
            return QueryAnswer.success(type.operation.rawValue, elements, requestID: requestID)
        } catch {
            return QueryAnswer.refusal(error, requestID: requestID)
        }
    }

    /// A call, or a trial of one.
    private struct Call {
        var query: any QueryCall
        /// Whether it is only to be seen whether it would succeed.
        var isDry: Bool
    }

    private static func call(_ request: HTTPRequest) throws(EC2Failure) -> (any QueryCall.Type, Call) {
        guard let form = QueryForm(request.body) else {
            throw EC2Failure(code: "MalformedQueryString", message: "The body is no form of names and values")
        }
        do throws(VPCError) {
            var parameters = try CallParameters(form)
            let action = try parameters.required("Action")
            guard let type = QueryCalls.named(action) else {
                throw VPCError(.invalidAction, "The action \(action) is not valid for this web service.")
            }
            _ = parameters.text("Version")
            let isDry = try parameters.flag("DryRun") ?? false
            let query = try type.init(&parameters)
            try parameters.finish()
            return (type, Call(query: query, isDry: isDry))
        } catch {
            throw EC2Failure(code: error.code.rawValue, message: error.message)
        }
    }

    /// A dry run is carried out on a copy, and leaves nothing behind, its call not even counted.
    private func carryOut(_ call: Call) throws(EC2Failure) -> [XMLElement] {
        let elements = try vpc.perform { (model, now) throws(VPCError) in
            guard call.isDry else { return try call.query.answer(from: &model, in: account, at: now) }
            var copy = model
            return try call.query.answer(from: &copy, in: account, at: now)
        }
        guard !call.isDry else {
            throw EC2Failure(code: "DryRunOperation", message: "Request would have succeeded, but DryRun flag is set.")
        }
        return elements
    }

    /// What was done stays done when the client does not wait for the answer.
    private func pause(_ duration: Duration) async {
        guard duration > .zero else { return }
        try? await Task.sleep(for: duration)
    }
}

extension EndpointFaults.Kind {
    /// What is said instead of doing the work, or instead of its answer; nil where the fault lies elsewhere.
    fileprivate func refusal(isCarriedOut: Bool) -> EC2Failure? {
        switch self {
        case .throttle: isCarriedOut ? nil : EC2Failure(code: "RequestLimitExceeded", message: "Request limit exceeded.")
        case .error: isCarriedOut ? nil : EC2Failure(code: "InternalError", message: "An internal error has occurred")
        case .lostAnswer: isCarriedOut ? EC2Failure(code: "Unavailable", message: "The server is overloaded") : nil
        }
    }
}
