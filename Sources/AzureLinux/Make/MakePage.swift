/// `docs/make.md`: what becomes of each target and variable.
package enum MakePage {
  package static var text: String {
    let head = """
      # `azl-dev make`

      Targets and variables of upstream's makefiles, for scripts and habits that have them:

          azl-dev make build-packages SRPM_PACK_LIST="lz4 zip" PACKAGE_REBUILD_LIST=lz4 CONCURRENT_PACKAGE_BUILDS=2

      runs what `azl-dev build` runs, in the same process, and ends with its exit code. The verb that a target came to is
      said on standard error. Values are those of the command line; the environment is not read, as make would, and a
      value that asks for what holds anyway asks for nothing. An unknown name ends with exit code 2 and the nearest known
      one. What is of a later stage is refused with what takes its place until then. `-j`, `-s`, `--silent`, `--quiet` and `--no-print-directory` are accepted and mean nothing.

      `build-packages` ends with the summary of upstream's scheduler on standard error, which has its numbers twice: before
      the lists and after them.

      This page is written from the tables that the command works by; a test compares them.
      """
    return
      ([head, "", "## Targets", ""] + table(targets, ["target", "what it does here", "how"])
      + [
        "", "## Variables", "",
        "A key in brackets is one of [the configuration](configuration.md), set for the call.", "",
      ]
      + table(variables, ["variable", "default", "meaning", "what becomes of it"])).joined(separator: "\n")
      + "\n"
  }

  private static var targets: [[String]] {
    MakeTarget.all.map { ["`\($0.name)`", $0.meaning, how($0.verdict)] }
  }

  private static var variables: [[String]] {
    MakeVariable.all.map {
      ["`\($0.name)`", $0.fallback.isEmpty ? "" : "`\($0.fallback)`", $0.meaning, how($0.verdict)]
    }
  }

  private static func how(_ verdict: MakeTarget.Verdict) -> String {
    switch verdict {
    case .does(let action): how(action)
    case .met(let because): "nothing to do: \(because)"
    case .refused(let because, let next): refused(because, next)
    case .later(let owner): later(owner)
    }
  }

  private static func later(_ owner: MakeOwner) -> String { "later: \(owner.rawValue)" }

  private static func how(_ action: MakeAction) -> String {
    switch action {
    case .build: "`azl-dev build`, then `test`"
    case .plan: "`azl-dev plan`"
    case .bundle(let isSaving, let kind): "`azl-dev bundle \(isSaving ? "save" : "load") \(kind)`"
    case .shell: "`azl-dev shell`"
    case .doctor: "`azl-dev doctor`"
    case .checkImage: "`azl-dev image check`"
    case .image(.fetch(external: true)): "`azl-dev image fetch --external`"
    case .image(let image): "`azl-dev build`, then `azl-dev image \(image.verb.joined(separator: " "))`"
    case .metaUserData: "`azl-dev image meta-user-data`"
    case .collect(let kind): "`azl-dev gc --set disk.\(kind)=0`"
    case .task: "done by `make` itself"
    case .remove(let parts): "removes " + parts.map(\.rawValue).joined(separator: ", ")
    }
  }

  private static func how(_ verdict: MakeVariable.Verdict) -> String {
    switch verdict {
    case .key(let key):
      key.split(separator: ".").count == 2
        ? "`[\(key.split(separator: ".")[0])] \(key.split(separator: ".")[1])`" : "`\(key)`"
    case .option(let text): text
    case .met(let because): "holds anyway: \(because)"
    case .refused(let because, let next): refused(because, next)
    case .later(let owner): later(owner)
    }
  }

  private static func refused(_ because: String, _ next: String?) -> String {
    "refused: \(because)" + (next.map { "; \($0)" } ?? "")
  }

  private static func table(_ rows: [[String]], _ head: [String]) -> [String] {
    func line(_ cells: [String]) -> String {
      "| "
        + cells.map { $0.replacing("<", with: "&lt;").replacing("|", with: "\\|") }.joined(separator: " | ")
        + " |"
    }
    return [line(head), "|" + String(repeating: "---|", count: head.count)] + rows.map(line)
  }
}
