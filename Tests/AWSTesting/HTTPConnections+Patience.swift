public import AWSClient

extension HTTPConnections {
    /// Real connections with five minutes for each answer, whatever the client would grant: a machine that is busy with other tests
    /// must not look like a service that is away.
    public var patientExchange: HTTPExchange {
        let exchange = exchange
        return HTTPExchange { (request, limits) throws(HTTPFailure) in
            try await exchange.perform(request, HTTPLimits(timeout: .seconds(300), bytesMax: limits.bytesMax))
        }
    }
}
