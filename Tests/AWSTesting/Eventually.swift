/// Lets other tasks run until the condition holds, and returns whether it does; gives up after a hundred thousand turns, so that what
/// never comes fails a test instead of stopping it.
@discardableResult
public func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    for _ in 0..<100_000 {
        if try await condition() { return true }
        await Task.yield()
    }
    return false
}
