/// What a long operation is doing, for progress display. Stages report, they never print.
package enum Activity: Sendable, Equatable {
  /// Bytes so far and in all (0: unknown) of one download.
  case downloading(String, received: Int64, total: Int64)
  case downloaded(String, bytes: Int64)
  /// A named step of a subject began: ("zlib", "%build").
  case step(subject: String, String)
  /// Something the user should know although nothing failed.
  case notice(String)
}

package typealias ActivityReport = @Sendable (Activity) -> Void
