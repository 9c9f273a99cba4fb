/// One variable of upstream's makefiles: how its value reads, and what becomes of it here.
package struct MakeVariable: Sendable {
  /// How a value is written.
  package enum Kind: Hashable, Sendable {
    /// `y` or `n`.
    case flag
    /// 0 or more.
    case number
    case text
    /// Words with blanks in between.
    case list
    /// A file that has to be there.
    case file
    case files
    case folder
    /// As Go writes it: `90s`, `1h30m`.
    case duration
    case choice([String])
  }

  /// What a value does. Only `refused` and `later` end a call, and only for a value that asks for something else than
  /// holds anyway.
  package enum Verdict: Hashable, Sendable {
    /// This key of the configuration, for the call.
    case key(String)
    /// Words of a verb, or what a target of `make` itself does with it.
    case option(String)
    /// It is so whatever the value: why. A call that sets it is told.
    case met(String)
    case refused(String, next: String? = nil)
    /// The capability that owns it.
    case later(MakeOwner)
  }

  package var name: String
  /// Without a value; `$(NAME)` stands for another variable.
  package var fallback: String
  package var kind: Kind
  package var meaning: String
  package var verdict: Verdict

  init(_ name: String, _ kind: Kind, _ fallback: String, _ meaning: String, _ verdict: Verdict) {
    self.name = name
    self.kind = kind
    self.fallback = fallback
    self.meaning = meaning
    self.verdict = verdict
  }

  /// Whether a call may give a value that differs from the fallback.
  package var isHonoured: Bool {
    switch verdict {
    case .key, .option, .met: true
    case .refused, .later: false
    }
  }

  /// What is wrong with a value; nil for one that can be read. An empty one always can: it is none.
  ///
  /// - Parameter exists: whether there is a file of that name.
  package func complaint(about value: String, exists: (String) -> Bool) -> String? {
    guard !value.isEmpty else { return nil }
    if kind == .list || kind == .files, let word = MakeWords.list(value).first(where: { $0.hasPrefix("-") }) {
      return "names, and \"\(word)\" is none"
    }
    switch kind {
    case .text, .list: return nil
    case .flag: return ["y", "n"].contains(value) ? nil : "y or n"
    case .number: return Int(value).map { $0 >= 0 } == true ? nil : "a number, 0 or more"
    case .duration: return MakeDuration.seconds(value) == nil ? "a time such as 90s, 45m or 8h" : nil
    case .choice(let names):
      return names.contains(value) ? nil : "one of " + names.joined(separator: ", ")
    case .file: return exists(value) ? nil : "a file that is there"
    case .folder: return exists(value) ? nil : "a folder that is there"
    case .files:
      return MakeWords.list(value).first { !exists($0) }.map { "files that are there, and \"\($0)\" is not" }
    }
  }
}

/// What of upstream's toolkit azl-dev comes to later.
package enum MakeOwner: String, Sendable, CaseIterable {
  case toolchain = "the toolchain stage"

  /// What takes its place.
  var untilThen: String {
    switch self {
    case .toolchain: "build roots are made of published RPMs until then; azl-dev repo list shows whose"
    }
  }
}

/// Times as Go writes them.
package enum MakeDuration {
  /// Nil for what is none.
  package static func seconds(_ text: String) -> Int? {
    let units: [Character: Int] = ["h": 3600, "m": 60, "s": 1]
    var (total, number) = (0, "")
    for character in text {
      if character.isASCII, character.isNumber {
        number.append(character)
      } else if let unit = units[character], let value = Int(number) {
        total += value * unit
        number = ""
      } else {
        return nil
      }
    }
    return number.isEmpty && !text.isEmpty ? total : nil
  }
}
