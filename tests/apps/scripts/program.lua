-- Tables, coroutines, patterns, files and errors: the same lines on every run.
local function primes(limit)
    return coroutine.wrap(function()
        local composite = {}
        for n = 2, limit do
            if not composite[n] then
                coroutine.yield(n)
                for m = n * n, limit, n do composite[m] = true end
            end
        end
    end)
end

local count, last = 0, 0
for prime in primes(200000) do count, last = count + 1, prime end
print("primes", count, last)

local words = {}
for word in ("the quick brown fox jumps over the lazy dog"):gmatch("%a+") do words[#words + 1] = word end
table.sort(words)
print(table.concat(words, " "), #words, ("%5.2f|%x|%q"):format(math.pi, 255, "a\nb"))

local path = arg[1] .. "/file"
local file = assert(io.open(path, "w"))
for n = 1, 1000 do file:write(n, " ", n * n, "\n") end
file:close()
local sum = 0
for line in io.lines(path) do sum = sum + tonumber(line:match("%d+ (%d+)")) end
print("squares", sum)
assert(os.remove(path))
print(io.open(path))

local pieces = {}
for n = 1, 100000 do pieces[n] = string.rep(string.char(65 + n % 26), n % 50) end
local joined = table.concat(pieces)
pieces = nil
collectgarbage()
print("joined", #joined, joined:byte(-1))

print(pcall(error, { code = 1 }) and "no" or "error caught", 1.0 // 0, 7 // 2, 2 ^ 53, math.maxinteger)
print(os.getenv("FARL_LUA"), os.date("!%Y-%m-%d", 0), os.time() > 1600000000, os.clock() > 0)
for line in io.lines() do print("stdin", line:reverse()) end
os.exit(9)
