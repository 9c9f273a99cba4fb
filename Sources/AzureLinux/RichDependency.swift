/// A rich dependency as rpm reads it.
package indirect enum RichDependency: Hashable, Sendable {
  case plain(Dependency)
  /// `and`, `or`: packages for either part may be needed.
  case either(RichDependency, RichDependency)
  /// `with`: one package for both parts.
  case both(RichDependency, RichDependency)
  /// `without`: a package for the first part that is none for the second.
  case first(RichDependency, butNot: RichDependency)
  /// `if` and `unless`, with their `else`.
  case conditional(RichDependency, condition: RichDependency, otherwise: RichDependency?)

  /// All that it names, conditions too.
  package var plain: [Dependency] {
    switch self {
    case .plain(let dependency): [dependency]
    case .either(let a, let b), .both(let a, let b), .first(let a, butNot: let b): a.plain + b.plain
    case .conditional(let a, let condition, let otherwise):
      a.plain + condition.plain + (otherwise?.plain ?? [])
    }
  }
}
