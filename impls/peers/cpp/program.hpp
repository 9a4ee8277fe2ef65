// Programs of the scenario language.
#pragma once
#include <cstddef>
#include <string>

#include "json.hpp"

// The answer to `run`, without its id: at most so many events.
std::string run(const Json &program, std::size_t most);
