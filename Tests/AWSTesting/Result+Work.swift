extension Result where Failure == any Error {
    /// The outcome of work that waits.
    public init(_ work: () async throws -> Success) async {
        do {
            self = .success(try await work())
        } catch {
            self = .failure(error)
        }
    }
}
